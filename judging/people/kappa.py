"""Kappas: agreement beyond chance of two people (Cohen) or of many (Fleiss).

J. Cohen: A coefficient of agreement for nominal scales (1960). J. L. Fleiss: Measuring nominal
scale agreement among many raters, Psychological Bulletin 76 (1971), 378-382. Intervals are
percentiles over items drawn with replacement (B. Efron, R. Tibshirani: An Introduction to the
Bootstrap, 1993, chapter 13).
"""

from collections.abc import Callable

import numpy as np

from judging.intervals import Floats, Interval
from judging.people.answers import Answers, Indices


def cohen_kappa(first: Indices, second: Indices) -> float | None:
    """Kappa of two people's labels of the same items, in the same order; chance is each one's own.

    None without items, or where both say one and the same label only.
    """
    if len(first) == 0:
        return None
    labels = int(max(first.max(), second.max())) + 1
    shares = [np.bincount(said, minlength=labels) / len(said) for said in (first, second)]
    return _beyond_chance(float((first == second).mean()), float(shares[0] @ shares[1]))


def bootstrap_cohen(
    first: Indices, second: Indices, *, delta: float, seed: int, rounds: int = 1000
) -> Interval | None:
    """Interval of Cohen's kappa with confidence 1 - delta; None where kappa is None."""
    if cohen_kappa(first, second) is None:
        return None
    return _percentiles(
        lambda drawn: cohen_kappa(first[drawn], second[drawn]), len(first), delta, seed, rounds
    )


def fleiss_kappa(answers: Answers) -> float | None:
    """Kappa of many people; chance is the pool's labels.

    Fleiss asks for as many answers to each item; where they differ, each item with two or more
    counts once, and labels by their share of all these answers. None where no item has two answers,
    or all say one and the same label.
    """
    agreeing, votes = _fleiss_table(answers)
    return _fleiss(agreeing, votes)


def bootstrap_fleiss(
    answers: Answers, *, delta: float, seed: int, rounds: int = 1000
) -> Interval | None:
    """Interval of Fleiss' kappa with confidence 1 - delta; None where kappa is None."""
    agreeing, votes = _fleiss_table(answers)
    if _fleiss(agreeing, votes) is None:
        return None
    return _percentiles(
        lambda drawn: _fleiss(agreeing[drawn], votes[drawn]), len(agreeing), delta, seed, rounds
    )


def _fleiss_table(answers: Answers) -> tuple[Floats, Floats]:
    """Of items with two answers or more: the share of agreeing pairs (I,), and votes (I, K)."""
    votes: Floats = answers.votes().toarray()
    totals = votes.sum(axis=1)
    kept = totals >= 2
    votes, totals = votes[kept], totals[kept]
    agreeing: Floats = ((votes**2).sum(axis=1) - totals) / (totals * (totals - 1))
    return agreeing, votes


def _fleiss(agreeing: Floats, votes: Floats) -> float | None:
    if not len(agreeing):
        return None
    shares = votes.sum(axis=0) / votes.sum()
    return _beyond_chance(float(agreeing.mean()), float((shares**2).sum()))


def _beyond_chance(observed: float, expected: float) -> float | None:
    return (observed - expected) / (1 - expected) if expected < 1 else None


def _percentiles(
    measure: Callable[[Indices], float | None], items: int, delta: float, seed: int, rounds: int
) -> Interval:
    """Of a measure over drawn items; rounds in which there is none are left out."""
    generator = np.random.default_rng(seed)
    drawn = (measure(generator.integers(items, size=items)) for _ in range(rounds))
    values = [value for value in drawn if value is not None]
    low, high = np.quantile(values, [delta / 2, 1 - delta / 2]) if values else (-1.0, 1.0)
    return Interval(low=float(low), high=float(high))
