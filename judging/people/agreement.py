"""How often people say the same: two of them, and one of them against the others.

The second is the human ceiling: a judge that agrees with people as often as people with each other
is as good as can be seen from people's answers (`judging.people.noise` says what may be promised).
"""

from dataclasses import dataclass

import numpy as np

from judging.intervals import Floats
from judging.people.answers import Answers, Indices


@dataclass(frozen=True, slots=True)
class Pairwise:
    """Two answers to one item."""

    pairs: int
    agreeing: int

    @property
    def share(self) -> float | None:
        """None without pairs."""
        return self.agreeing / self.pairs if self.pairs else None


@dataclass(frozen=True, slots=True, eq=False)
class WithOthers:
    """Each answer against the majority of the other answers to its item."""

    credits: Floats
    """(N,) 1 where it is the majority's label, 1/t where it is one of t equal ones, else 0: the
    chance to agree if the tie is broken by lot. NaN where nobody else answered."""
    workers: Indices
    """(N,)"""

    @property
    def ceiling(self) -> float | None:
        """How often a person agrees with the others, over all answers; None without any."""
        known = ~np.isnan(self.credits)
        return float(self.credits[known].mean()) if known.any() else None

    def by_worker(self, workers: int) -> tuple[Floats, Indices]:
        """(W,) sum of credits, and number of answers that others answered too."""
        known = ~np.isnan(self.credits)
        who = self.workers[known]
        credits = np.bincount(who, self.credits[known], workers).astype(np.float64)
        return credits, np.bincount(who, minlength=workers)


def pairwise_agreement(answers: Answers) -> Pairwise:
    """All pairs of answers to one item, and those that say the same."""
    votes = answers.votes()
    totals = votes.sum(axis=1)
    pairs = (totals * (totals - 1)).sum() / 2
    agreeing = (votes.power(2).sum() - totals.sum()) / 2
    return Pairwise(round(float(pairs)), round(float(agreeing)))


def compare_with_others(answers: Answers) -> WithOthers:
    """Every answer against the majority of the others, ties shared."""
    items, _, labels = answers.shape
    cells, place, votes = np.unique(
        answers.items * max(labels, 1) + answers.labels, return_inverse=True, return_counts=True
    )
    item = cells // max(labels, 1)
    top = _largest(item, votes, items)
    leaders = np.bincount(item[votes == top[item]], minlength=items)
    below = np.where(votes == top[item], 0, votes)
    second = _largest(item, below, items)
    runners = np.bincount(item[(below == second[item]) & (below > 0)], minlength=items)
    alone = (votes == top[item]) & (leaders[item] == 1)
    # Without this answer its label has one vote less: it still leads, or draws level, or loses.
    leads = alone & (votes - 1 > second[item])
    level = alone & (votes - 1 == second[item])
    credit = np.where(leads, 1.0, np.where(level, 1 / (1 + runners[item]), 0.0))
    total = np.bincount(answers.items, minlength=items)[answers.items]
    return WithOthers(np.where(total > 1, credit[place], np.nan), answers.workers)


def _largest(places: Indices, values: Indices, size: int) -> Indices:
    top = np.zeros(size, dtype=np.int64)
    np.maximum.at(top, places, values)
    return top
