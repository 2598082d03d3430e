"""Two samples: has the mix, the shape or the share changed?"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from scipy.stats import chi2_contingency, fisher_exact, ks_2samp

from judging.audit.drift.check import MIN_ITEMS
from judging.intervals import Floats

EXPECTED = 5
"""Items that a class must be expected to hold in the smaller sample, else it joins the others."""
SMOOTHING = 0.5
BANDS = 10


@dataclass(frozen=True, slots=True)
class Change:
    """A size and the chance of it where nothing has changed."""

    size: float
    p_value: float


NOTHING = Change(0.0, 1.0)


def compare_mixes(before: Sequence[str], after: Sequence[str]) -> Change:
    """Population stability index of two lists of labels; chi-squared for the chance.

    The index is sum (a - b) ln(a / b) over the shares; from 0.1 on a change is usually called
    moderate, from 0.25 on large. Rare labels are taken together.
    """
    if min(len(before), len(after)) < MIN_ITEMS:
        return NOTHING
    table = _table(Counter(before), Counter(after))
    if table.shape[1] < 2:
        return NOTHING
    shares = (table + SMOOTHING) / (table + SMOOTHING).sum(axis=1, keepdims=True)
    index = float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
    return Change(index, float(chi2_contingency(table, correction=False).pvalue))


def compare_shapes(before: Sequence[float], after: Sequence[float]) -> Change:
    """The largest distance of two distributions (Kolmogorov-Smirnov), 0 to 1.

    Ties make the chance too large, never too small.
    """
    if min(len(before), len(after)) < MIN_ITEMS:
        return NOTHING
    found = ks_2samp(before, after, method="asymp")
    return Change(float(found.statistic), float(found.pvalue))


def compare_bands(before: Sequence[float], after: Sequence[float]) -> float:
    """Population stability index over ten bands that hold the same share of `before`."""
    if min(len(before), len(after)) < MIN_ITEMS:
        return 0.0
    edges = np.unique(np.quantile(before, np.linspace(0, 1, BANDS + 1)[1:-1]))
    counts = [np.bincount(np.digitize(v, edges), minlength=len(edges) + 1) for v in (before, after)]
    shares = [(c + SMOOTHING) / (c + SMOOTHING).sum() for c in counts]
    return float(sum((b - a) * log(b / a) for a, b in zip(*shares, strict=True)))


def compare_shares(before: tuple[int, int], after: tuple[int, int]) -> Change:
    """The difference of two shares, each as (count, of how many), by Fisher's exact test."""
    (count, items), (count_after, items_after) = before, after
    if min(items, items_after) < MIN_ITEMS:
        return NOTHING
    table = [[count, items - count], [count_after, items_after - count_after]]
    return Change(count_after / items_after - count / items, float(fisher_exact(table).pvalue))


def _table(before: Counter[str], after: Counter[str]) -> Floats:
    """Counts [2, labels], the largest labels first, rare ones in one last column."""
    smaller = min(before.total(), after.total()) / (before.total() + after.total())
    both = before + after
    common = [name for name in sorted(both) if both[name] * smaller >= EXPECTED]
    rows = [[counts[name] for name in common] for counts in (before, after)]
    rest = [counts.total() - sum(row) for counts, row in zip((before, after), rows, strict=True)]
    if sum(rest):
        rows = [[*row, other] for row, other in zip(rows, rest, strict=True)]
    return np.array(rows, dtype=float)
