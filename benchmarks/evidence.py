"""How often evidence of machine-written answers is right and wrong, on public texts.

    python -m benchmarks.evidence [--fit] [--seed 0]

Prints one JSON line; `--fit` prints the constants of the rules that the training half gives. Texts
are read from INGOT_SHARED_DATA.
"""

import argparse
import json
from typing import Any

from benchmarks.deciding.effort import NoDataError
from benchmarks.evidencing import cost, likeness, style
from benchmarks.evidencing.texts import all_samples


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true", help="print constants instead of rates")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    try:
        result = (_fit if options.fit else _measure)(options.seed)
    except NoDataError as absent:
        result = {"skipped": str(absent)}
    print(json.dumps({"benchmark": "evidence", **result, "seed": options.seed}))


def _measure(seed: int) -> dict[str, Any]:
    return {"style": style.measure(all_samples()), **likeness.measure(seed), **cost.measure(seed)}


def _fit(seed: int) -> dict[str, Any]:
    samples = all_samples()
    fitted = {**style.fit(samples), "limits": style.limits(samples)}
    return {"style": fitted, **likeness.fit(seed)}


if __name__ == "__main__":
    main()
