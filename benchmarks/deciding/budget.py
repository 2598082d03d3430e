"""Budget mode: at equal labels, are the final labels righter than where random items are labelled?

The final label of an item is people's where it was labelled and the combined judges' elsewhere; the
combination learns from the labels that were bought. Both ways get the same random third first, to
learn from; the rest of the budget goes to random items, or to those that `choose_labels` names.
"""

from collections.abc import Callable

import numpy as np

from benchmarks.deciding.effort import Effort, NoDataError
from benchmarks.deciding.judged_sets import (
    JudgedSet,
    judgebench,
    llmbar,
    trust_or_escalate,
    vicuna80,
)
from judging.evidence.combine import combine
from judging.guarantee.budget import choose_labels

SETS: tuple[Callable[[], JudgedSet], ...] = (trust_or_escalate, vicuna80, llmbar, judgebench)
SHARE = 0.3
"""Of all items that may be labelled."""
START = 1 / 3
"""Of the budget that is spent at random in any case."""
ROUNDS = 3


def measure(effort: Effort) -> dict[str, object]:
    """Mean accuracy of the final labels, chosen and random, with the paired difference."""
    draws = max(20, effort.splits // 5)
    try:
        results = {judged.name: _measure_set(judged, draws, effort.seed) for judged in _load()}
    except NoDataError as error:
        return {"skipped": str(error)}
    return {
        "budget_share": SHARE,
        "draws": draws,
        "sets_won": sum(r["difference"] > 2 * r["standard_error"] for r in results.values()),
        "sets": results,
    }


def _load() -> list[JudgedSet]:
    return [load() for load in SETS]


def _measure_set(judged: JudgedSet, draws: int, seed: int) -> dict[str, float]:
    rng = np.random.default_rng(seed)
    chosen, random = np.zeros(draws), np.zeros(draws)
    for draw in range(draws):
        order = [int(row) for row in rng.permutation(len(judged.first))]
        budget = round(SHARE * len(order))
        start = order[: round(START * budget)]
        chosen[draw] = _accuracy(judged, _buy(judged, start, budget))
        random[draw] = _accuracy(judged, order[:budget])
    difference = chosen - random
    return {
        "chosen_accuracy": round(float(chosen.mean()), 4),
        "random_accuracy": round(float(random.mean()), 4),
        "difference": round(float(difference.mean()), 4),
        "standard_error": round(float(difference.std(ddof=1) / np.sqrt(draws)), 4),
        "labels_random_needs": _labels_needed(judged, float(chosen.mean()), draws, rng),
        "labels": round(SHARE * len(judged.first)),
    }


def _buy(judged: JudgedSet, start: list[int], budget: int) -> list[int]:
    """Spend the rest in rounds, learning between them."""
    rows = list(start)
    for left in range(ROUNDS, 0, -1):
        p_first = combine(judged.signals, _labels(judged, rows)).p_first
        rows += choose_labels(p_first, (budget - len(rows)) // left, taken=rows)
    return rows


def _labels(judged: JudgedSet, rows: list[int]) -> dict[int, bool]:
    return {row: bool(judged.first[row]) for row in rows}


def _accuracy(judged: JudgedSet, rows: list[int]) -> float:
    """Of people's labels where they are, of the judges' elsewhere."""
    right = combine(judged.signals, _labels(judged, rows)).says_first == judged.first
    right[rows] = True
    return float(right.mean())


def _labels_needed(judged: JudgedSet, accuracy: float, draws: int, rng: np.random.Generator) -> int:
    """Random labels, to the next 5 % of the items, that reach an accuracy."""
    n = len(judged.first)
    for share in np.arange(SHARE, 1.0, 0.05):
        size = round(float(share) * n)
        tries = [
            _accuracy(judged, [int(row) for row in rng.permutation(n)[:size]])
            for _ in range(max(5, draws // 10))
        ]
        if np.mean(tries) >= accuracy:
            return size
    return n
