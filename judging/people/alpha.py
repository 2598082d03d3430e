"""Krippendorff's alpha: how far people agree beyond chance; 1 is always, 0 is chance.

K. Krippendorff: Content Analysis, 4th edition (2019), chapter 12; "Computing Krippendorff's
alpha-reliability" (2011), https://repository.upenn.edu/asc_papers/43. Alpha is 1 - D_o / D_e: the
mean distance of two answers to one item, over that of two answers to any items. Items with one
answer tell nothing and are left out; items may have different numbers of answers.

The ordinal and the interval distance are squares of differences (of ranks, of values), so that all
sums of pairs follow from sums of first and second powers: linear in the number of answers.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.sparse import csr_array

from judging.intervals import Floats, Interval
from judging.people.answers import Answers, Indices, as_number

Scale = Literal["nominal", "ordinal", "interval"]


def krippendorff_alpha(answers: Answers, scale: Scale = "nominal") -> float | None:
    """Alpha of all answers; None where no item has two, or all of these say the same.

    nominal: labels are names; ordinal: the order of `label_names`; interval: the numbers that the
    labels spell. Raises ValueError where 'interval' meets a label that is no number.
    """
    table = _Table.of(answers, scale)
    return table.alpha(np.ones(table.votes.shape[0]))


def bootstrap_alpha(
    answers: Answers, scale: Scale = "nominal", *, delta: float, seed: int, rounds: int = 1000
) -> Interval | None:
    """Percentile interval of alpha with confidence 1 - delta, over items drawn with replacement.

    None where alpha is None in the sample; rounds in which it is None are left out.
    """
    table, generator = _Table.of(answers, scale), np.random.default_rng(seed)
    items = table.votes.shape[0]
    if table.alpha(np.ones(items)) is None:
        return None
    drawn = (
        table.alpha(_count(generator.integers(items, size=items), items)) for _ in range(rounds)
    )
    values = [alpha for alpha in drawn if alpha is not None]
    low, high = np.quantile(values, [delta / 2, 1 - delta / 2]) if values else (-1.0, 1.0)
    return Interval(low=float(low), high=float(high))


@dataclass(frozen=True, slots=True, eq=False)
class _Table:
    """The items with at least two answers."""

    votes: csr_array
    """(I, K) counts."""
    totals: Floats
    """(I,) answers of each item."""
    values: Floats | None
    """(K,) numbers of an interval scale."""
    scale: Scale

    @classmethod
    def of(cls, answers: Answers, scale: Scale) -> "_Table":
        votes = answers.votes()
        totals = votes.sum(axis=1)
        kept = totals >= 2
        values = _values(answers) if scale == "interval" else None
        return cls(votes[kept], totals[kept], values, scale)

    def alpha(self, weights: Floats) -> float | None:
        """Alpha where each item counts as often as its weight (I,) says."""
        counts = self.votes.T @ weights
        total = counts.sum()
        inside, between = self._distances(counts)
        expected = between / (total - 1) if total > 1 else 0.0
        if expected <= 0:
            return None
        return float(1 - (weights * inside / (self.totals - 1)).sum() / expected)

    def _distances(self, counts: Floats) -> tuple[Floats, float]:
        """Sums over ordered pairs: inside each item (I,), and among all answers."""
        if self.scale == "nominal":
            inside = self.totals**2 - self.votes.power(2).sum(axis=1)
            return inside, float(counts.sum() ** 2 - (counts**2).sum())
        places = self.values if self.values is not None else np.cumsum(counts) - counts / 2
        places = places - (counts @ places) / max(counts.sum(), 1)  # centred: no cancellation
        first, second = self.votes @ places, self.votes @ places**2
        inside = np.maximum(2 * (self.totals * second - first**2), 0)
        between = 2 * (counts.sum() * (counts @ places**2) - (counts @ places) ** 2)
        return inside, float(between)


def _values(answers: Answers) -> Floats:
    """(K,) the numbers; 0 for a label that nobody said, which counts nowhere."""
    values = np.zeros(len(answers.label_names))
    for index in np.unique(answers.labels):
        label = answers.label_names[index]
        value = as_number(label)
        if value is None:
            raise ValueError(f"label {label!r} is no number: use the nominal scale")
        values[index] = value
    return values


def _count(drawn: Indices, size: int) -> Floats:
    return np.bincount(drawn, minlength=size).astype(np.float64)
