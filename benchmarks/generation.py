"""How near generation comes to what the engine could give, what it costs, and what a kill loses.

    python -m benchmarks.generation [--parts mock,vllm,http,scheduler,memory,journal,kills,poison]
                                    [--rounds 3] [--seed 0] [--kills 50]
                                    [--device cpu]

Each part is a module of `benchmarks.generating`. Same prompts and engine settings on both sides,
which take turns; medians over the rounds.
"""

import argparse
import importlib
import json

from benchmarks.generating.effort import Effort

PARTS = ("mock", "vllm", "http", "scheduler", "memory", "journal", "kills", "poison")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", default="mock", help=f"by comma, of {','.join(PARTS)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="of vllm")
    options = parser.parse_args()
    parts = options.parts.split(",")
    if unknown := [part for part in parts if part not in PARTS]:
        parser.error(f"--parts names {unknown[0]!r}: choose from {', '.join(PARTS)}")
    effort = Effort(options.rounds, options.seed, options.kills, options.device)
    result: dict[str, object] = {"benchmark": "generation"}
    for part in parts:
        result |= importlib.import_module(f"benchmarks.generating.{part}").measure(effort)
    print(json.dumps(result | {"rounds": effort.rounds, "seed": effort.seed}))


if __name__ == "__main__":
    main()
