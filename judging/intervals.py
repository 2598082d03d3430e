"""Confidence bounds for a proportion, and the array types that all of judging uses."""

from math import ceil, log, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincinv

from ingot.records import Model

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Integers = NDArray[np.int64]
Counts = NDArray[np.int64] | Floats


class Interval(Model):
    """A range for a proportion."""

    low: float
    high: float


def upper_bounds(errors: Counts, items: Counts, delta: float | Floats) -> Floats:
    """Exact one-sided upper bounds for error rates (Clopper-Pearson), 1 where nothing was right.

    Each is sup { R : P[Bin(n, R) <= k] >= delta }, the 1 - delta quantile of Beta(k + 1, n - k).
    """
    right = np.where(items > errors, items - errors, 1)
    bounds = betaincinv(errors + 1.0, right, 1 - delta)
    return np.where(items > errors, bounds, 1.0)


def are_within(errors: Floats, items: Floats, delta: float | Floats, risk: float) -> Booleans:
    """Whether each upper bound is within the risk, without computing it; faster in searches."""
    within: Booleans = betainc(errors + 1, items - errors, risk) >= 1 - delta
    return within


def upper_bound(errors: int, items: int, delta: float) -> float:
    """The exact upper bound for one error rate."""
    return float(upper_bounds(np.array([errors]), np.array([items]), delta)[0])


def clopper_pearson(successes: int, items: int, delta: float) -> Interval:
    """The exact two-sided interval with confidence 1 - delta; [0, 1] without items."""
    high = upper_bound(successes, items, delta / 2)
    return Interval(low=1 - upper_bound(items - successes, items, delta / 2), high=high)


def wilson(successes: int, items: int, delta: float) -> Interval:
    """Wilson's score interval with confidence 1 - delta; [0, 1] without items."""
    if items == 0:
        return Interval(low=0.0, high=1.0)
    z = NormalDist().inv_cdf(1 - delta / 2)
    share, denominator = successes / items, 1 + z * z / items
    centre = (share + z * z / (2 * items)) / denominator
    half = z * sqrt(share * (1 - share) / items + z * z / (4 * items * items)) / denominator
    return Interval(low=max(0.0, centre - half), high=min(1.0, centre + half))


def minimum_items(risk: float, delta: float) -> int:
    """Items without any error that are needed before the upper bound can reach the risk."""
    return max(1, ceil(log(delta) / log(1 - risk)))
