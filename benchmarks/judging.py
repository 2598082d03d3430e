"""How far judges can be trusted, what that saves, and what it costs.

    python -m benchmarks.judging [--parts guarantee,...] [--splits 500] [--rounds 3] [--seed 0]
                                [--pairs 1000] [--device cpu]

Each part is a module of `benchmarks.deciding` and prints one JSON line. Real data is read from
INGOT_SHARED_DATA; a part whose data is not there says so.
"""

import argparse
import importlib
import json

from benchmarks.deciding.effort import Effort

PARTS = (
    "guarantee",
    "budget",
    "verifiers",
    "code",
    "sandbox",
    "crowd",
    "prefix",
    "injection",
    "rewards",
    "audit",
    "service",
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", default=",".join(PARTS), help=f"by comma, of {','.join(PARTS)}")
    parser.add_argument("--splits", type=int, default=500, help="random calibration/test splits")
    parser.add_argument("--rounds", type=int, default=3, help="of timings")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pairs", type=int, default=1_000, help="of the part prefix")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="of prefix")
    options = parser.parse_args()
    parts = options.parts.split(",")
    if unknown := [part for part in parts if part not in PARTS]:
        parser.error(f"--parts names {unknown[0]!r}: choose from {', '.join(PARTS)}")
    effort = Effort(options.splits, options.rounds, options.seed, options.pairs, options.device)
    for part in parts:
        result = importlib.import_module(f"benchmarks.deciding.{part}").measure(effort)
        print(json.dumps({"benchmark": f"judging/{part}", **result, "seed": effort.seed}))


if __name__ == "__main__":
    main()
