"""Budget mode: with B labels and no target, the items whose labels buy most.

A label on an item mends the judge's verdict with the chance that it is wrong, so an item is worth
min(p, 1 - p) times its weight in the order. Its influence is how much of the uncertain rest lies
near it, and near ones of an item already chosen lose worth, so that the choice spreads (a k-centre
in the space of embeddings, with uncertainty as demand). Anchor: HyPER (Miranda et al. 2025, arXiv
2410.19133) routes by the predicted gain of a label; here the gain is predicted by the calibrated
probability, which is learned from people's disagreement with the judges.

What is calibrated or audited must stay a random sample: these items are for labels, not for bounds.
"""

from collections.abc import Sequence

import numpy as np

from judging.intervals import Floats

SPREAD = 0.5
"""Share of an item's worth that an identical chosen item takes from it."""
INFLUENCE = 0.5
"""Weight of the uncertain neighbourhood beside the item's own uncertainty."""
MAX_CANDIDATES = 4_000
"""Most items whose neighbourhoods are compared; the others are far from uncertain."""


def choose_labels(
    p_first: Floats,
    budget: int,
    *,
    weights: Floats | None = None,
    embeddings: Floats | None = None,
    taken: Sequence[int] = (),
) -> list[int]:
    """Positions of the items to label, the most valuable first.

    Args:
        p_first: Calibrated probability of the first verdict, for each item.
        budget: Most labels to choose.
        weights: Of each item in the order; equal where not given.
        embeddings: n x D, of unit length; without them nothing is known of neighbours.
        taken: Items that are labelled already; they are not chosen and their neighbours lose worth.
    """
    worth = np.minimum(p_first, 1 - p_first)
    if weights is not None:
        worth = worth * weights
    worth[list(taken)] = -1.0
    wanted = min(budget, int((worth >= 0).sum()))
    order = np.argsort(-worth, kind="stable")
    if embeddings is None:
        return [int(i) for i in order[:wanted]]
    candidates = order[: max(wanted * 2, MAX_CANDIDATES)]
    candidates = candidates[worth[candidates] >= 0]
    return _spread(candidates, worth, embeddings, wanted, taken)


def _spread(
    candidates: np.ndarray, worth: Floats, embeddings: Floats, wanted: int, taken: Sequence[int]
) -> list[int]:
    """Greedy choice; each chosen item lowers the worth of those that resemble it."""
    points = embeddings[candidates]
    value = worth[candidates] + INFLUENCE * _demand(points, worth[candidates])
    for item in taken:
        value = value * (1 - SPREAD * _likeness(points, embeddings[item]))
    chosen: list[int] = []
    free = np.ones(len(candidates), dtype=bool)
    for _ in range(wanted):
        best = int(np.argmax(np.where(free, value, -np.inf)))
        free[best] = False
        chosen.append(int(candidates[best]))
        value = value * (1 - SPREAD * _likeness(points, points[best]))
    return chosen


def _demand(points: Floats, worth: Floats) -> Floats:
    """Mean worth of the other items, weighted by their likeness to each."""
    likeness = np.clip(points @ points.T, 0, 1) ** 4
    np.fill_diagonal(likeness, 0)
    demand: Floats = likeness @ worth / np.maximum(likeness.sum(axis=1), 1e-9)
    return demand


def _likeness(points: Floats, point: Floats) -> Floats:
    """Cosine, sharpened so that only near neighbours count."""
    likeness: Floats = np.clip(points @ point, 0, 1) ** 4
    return likeness
