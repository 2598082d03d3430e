"""The test behind every promise: can so few disagreements be luck?

At a threshold there are N items of which n, drawn at random, are labelled and k of these are
disagreements. What is promised is the rate among the N - n others, which nobody labelled:

- **batch**: their realised rate, the figure that a lab can check. With L the least number of
  disagreements that breaks the promise among them, the chance to see k or fewer of k + L in the
  sample is hypergeometric, and largest of all broken cases at just k + L. Nothing is assumed of the
  items, and a small batch pays for the luck of its own rest.
- **population**: the rate in the population that the items come from (Jung et al. 2024, arXiv
  2407.18370, section 2): binomial, the limit of the former for a batch without end.

Where labels were drawn in groups (all pairs of a prompt), items of a group say much the same; then
n, k and N are divided by the design effect (Kish 1965, section 8.2).
"""

from typing import Any, Literal

import numpy as np
from scipy.stats import binom, hypergeom

from judging.intervals import Booleans, Floats, Integers

Promise = Literal["batch", "population"]
_ROUNDING = 1e-9
"""Target risks such as .1 have no exact binary form; this much of an item is forgiven."""


def p_values(
    errors: Integers, items: Integers, everything: Integers, risk: float, promise: Promise
) -> Floats:
    """Chance of so few errors in the sample at most, were the promise broken; elementwise.

    `items` of `everything` are labelled and hold `errors`. 1 where nothing is labelled.
    """
    values: Any
    if promise == "population":
        values = binom.cdf(errors, items, risk)
    else:
        breaking = np.floor(risk * (everything - items) + _ROUNDING).astype(np.int64) + 1
        wrong = np.minimum(errors + breaking, everything)
        values = hypergeom.cdf(errors, everything, wrong, items)
        values = np.where(errors + breaking > everything, 0.0, values)  # cannot be broken any more
    return np.where(items > 0, values, 1.0)


def allowed_errors(
    items: Integers, everything: Integers, risk: float, levels: Floats, promise: Promise
) -> Integers:
    """Most errors that pass at each level, one row a level, one column a threshold; -1 for none."""
    shape = (len(levels), len(items))
    low, high = np.full(shape, -1), np.broadcast_to(items, shape).copy()
    for _ in range(int(items.max(initial=0)).bit_length() + 1):
        middle = (low + high + 1) // 2
        tried = np.maximum(middle, 0)
        counts = np.broadcast_to(items, shape), np.broadcast_to(everything, shape)
        passes = p_values(tried, *counts, risk, promise) <= levels[:, None]
        low, high = (
            np.where(passes & (middle >= 0), middle, low),
            np.where(passes, high, middle - 1),
        )
        high = np.maximum(low, high)
    return low


def upper_rate(
    errors: int, items: int, everything: int, delta: float, promise: Promise = "batch"
) -> float:
    """Largest rate that is not excluded at level delta, by the same test."""
    low, high = 0.0, 1.0
    counts = (np.array([errors]), np.array([items]), np.array([everything]))
    for _ in range(40):
        middle = (low + high) / 2
        if p_values(*counts, middle, promise)[0] <= delta:
            high = middle
        else:
            low = middle
    return high


def design_effect(
    confidences: Floats, wrong: Booleans, groups: list[str], threshold: float
) -> float:
    """How many labels drawn in groups are worth one drawn alone; at least 1.

    1 + (m - 1) ICC, with m the mean size of the group of an item at or above the threshold, and the
    intraclass correlation of errors by analysis of variance over all labelled items.
    """
    correlation = _intraclass_correlation(wrong.astype(float), groups)
    kept = np.array(groups)[confidences >= threshold]
    sizes = np.unique(kept, return_counts=True)[1].astype(float)
    if not len(sizes):
        return 1.0
    mean_size = float((sizes**2).sum() / sizes.sum())
    return max(1.0, 1 + (mean_size - 1) * correlation)


def _intraclass_correlation(wrong: Floats, groups: list[str]) -> float:
    """ANOVA estimator (Donner and Koval 1980), at least 0; 0 where every group is a single item."""
    names, index, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    n, count = len(wrong), len(names)
    if count < 2 or count == n:
        return 0.0
    means = np.bincount(index, weights=wrong) / sizes
    between = float((sizes * (means - wrong.mean()) ** 2).sum() / (count - 1))
    within = float(((wrong - means[index]) ** 2).sum() / (n - count))
    typical = (n - float((sizes**2).sum()) / n) / (count - 1)
    total = between + (typical - 1) * within
    return max(0.0, (between - within) / total) if total > 0 else 0.0
