"""What the review queue costs, and what it keeps while many work and while it is killed.

    python -m benchmarks.review          CPU per task, of import and export; memory; a long queue
    python -m benchmarks.review race     32 reviewers at once
    python -m benchmarks.review kill     kill -9 of the API, 20 times under load

Each starts its own PostgreSQL (fsync on) and API and prints one JSON line. CPU is user + system
time of the API process, PostgreSQL not counted, as it was measured for the peers (their default
servers, same task, same kind of machine: 2 shared cores). `race` and `kill` fail where a promise
is broken.
"""

import argparse
import sys
from typing import Any

import orjson

from benchmarks.reviewing import answering, bulk, kill, race

PEERS_MS = {"label_studio": 102.0, "argilla": 60.0, "bare_prototype": 3.0}
PEER = "Label Studio 1.23.2 measured 102-125 ms, Argilla 60 ms, bare prototype 3.0 ms"
_PROMISES = ("over_assigned", "errors", "broken_slots", "missing_answers", "lost")


def cost() -> dict[str, Any]:
    """What a task costs."""
    measured = answering.measure() | bulk.measure()
    each_ms = measured["next_submit_cpu_ms"]
    ratios = {f"ratio_to_{name}": round(each_ms / ms, 3) for name, ms in PEERS_MS.items()}
    return {**measured, "peer": PEER, **ratios}


def main() -> int:
    """Measure and print; 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", nargs="?", default="cost", choices=("cost", "race", "kill"))
    part = parser.parse_args().part
    measured = {"cost": cost, "race": race.measure, "kill": kill.measure}[part]()
    print(orjson.dumps({"benchmark": f"review {part}", **measured}).decode())
    return int(any(measured.get(name) for name in _PROMISES))


if __name__ == "__main__":
    sys.exit(main())
