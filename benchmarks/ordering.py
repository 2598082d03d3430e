"""What the contract over REST costs beside bare endpoints, and how fast webhooks go out.

    python -m benchmarks.ordering [--parts rest,webhooks,pages,download]

`rest`: requests a second of creating an order, getting a batch and listing items, over those of a
bare FastAPI + SQLAlchemy endpoint with one equal query on the same database (bar 0.6); the two take
turns. `webhooks`: signed deliveries a second of one sender on one core to a receiver on another
(bar 200). `pages`: the last page of a million items over the first. `download`: memory while
100,000 items are streamed. Each starts its own PostgreSQL (fsync on) and processes. One JSON line.
"""

import argparse
import importlib
from typing import Any

import orjson

PARTS = ("rest", "webhooks", "pages", "download")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", default=",".join(PARTS), help=f"by comma, of {','.join(PARTS)}")
    parts = parser.parse_args().parts.split(",")
    if unknown := [part for part in parts if part not in PARTS]:
        parser.error(f"--parts names {unknown[0]!r}: choose from {', '.join(PARTS)}")
    result: dict[str, Any] = {"benchmark": "ordering"}
    for part in parts:
        result |= importlib.import_module(f"benchmarks.buying.{part}").measure()
    print(orjson.dumps(result).decode())


if __name__ == "__main__":
    main()
