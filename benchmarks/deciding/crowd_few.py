"""Few answers per item: majority, plain Dawid-Skene, and Dawid-Skene with priors.

From each set with a truth some items are drawn, and of each item's answers some; how right each
method is, and the log loss of its probabilities (floor 0.001), as means over sets and draws.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmarks.deciding.crowd_sets import Rows, Set
from judging.people.answers import Answers, choose, collect, gold_indices
from judging.people.dawid_skene import fit_dawid_skene
from judging.people.posterior import estimate

ITEMS, DRAWS = 100, 8
PER_ITEM = (1, 2, 3, 5)
FLOOR = 1e-3


def measure_few(sets: Sequence[Set], seed: int) -> dict[str, object]:
    """Figures by answers per item."""
    return {str(per_item): _measure(sets, per_item, seed) for per_item in PER_ITEM}


def _measure(sets: Sequence[Set], per_item: int, seed: int) -> dict[str, object]:
    right: dict[str, list[float]] = {}
    loss: dict[str, list[float]] = {}
    for number, one in enumerate(one for one in sets if one.truth):
        for draw in range(DRAWS):
            rng = np.random.default_rng([seed, number, draw])
            rows = _draw(one.rows, per_item, rng)
            answers = collect(rows, labels=one.truth.values())
            truth = gold_indices(answers, one.truth)
            known = np.flatnonzero(truth >= 0)
            for method, posteriors in _methods(answers).items():
                chances = posteriors[known, truth[known]]
                hits = choose(posteriors)[known] == truth[known]
                right.setdefault(method, []).append(float(hits.mean()))
                loss.setdefault(method, []).append(
                    float(-np.log(np.maximum(chances, FLOOR)).mean())
                )
    return {
        method: {
            "accuracy": round(np.mean(right[method]), 4),
            "log_loss": round(np.mean(loss[method]), 4),
        }
        for method in right
    }


def _methods(answers: Answers) -> dict[str, NDArray[np.float64]]:
    votes = answers.votes().toarray()
    return {
        "majority": votes / votes.sum(axis=1, keepdims=True),
        "dawid_skene": fit_dawid_skene(answers).posteriors,
        "dawid_skene_with_priors": estimate(answers).posteriors,
    }


def _draw(rows: Rows, per_item: int, rng: np.random.Generator) -> Rows:
    """Some items, and of each at most `per_item` people, the last answer of each."""
    by_item: dict[str, dict[str, str]] = {}
    for item, worker, label in rows:
        by_item.setdefault(item, {})[worker] = label
    chosen = rng.permutation(list(by_item))[:ITEMS]
    return [
        (item, worker, by_item[item][worker])
        for item in chosen
        for worker in rng.permutation(list(by_item[item]))[:per_item]
    ]
