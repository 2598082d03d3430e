"""Bradley-Terry: how strong each thing is, from who was preferred to whom.

R. A. Bradley, M. E. Terry: Rank analysis of incomplete block designs I, Biometrika 39 (1952),
324-345: i is preferred to j with chance s_i / (s_i + s_j). Fitted by minorise-maximise (D. R.
Hunter: MM algorithms for generalized Bradley-Terry models, Annals of Statistics 32 (2004),
384-406, section 3), on the pairs that were compared only.

A thing that won all its comparisons would be infinitely strong, and things that no chain of
comparisons links could not be set against each other. So each is also compared with a thing of
strength 1, half won and half lost: `PRIOR` comparisons each way.
"""

from dataclasses import dataclass

import numpy as np

from judging.intervals import Floats
from judging.people.answers import Indices

PRIOR = 0.5
ITERATIONS, TOLERANCE = 10_000, 1e-9
"""Stops where no strength changes by more than this share of itself."""
WEAKEST = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class BradleyTerry:
    """A fitted model."""

    strengths: Floats
    """(T,) above 0; only their ratios mean anything."""
    converged: bool

    def preference(self, first: Indices, second: Indices) -> Floats:
        """Chance that each of the first things is preferred to the second one beside it."""
        one, other = self.strengths[first], self.strengths[second]
        chance: Floats = one / (one + other)
        return chance


def fit_bradley_terry(
    winners: Indices,
    losers: Indices,
    things: int,
    *,
    weights: Floats | None = None,
    prior: float = PRIOR,
    iterations: int = ITERATIONS,
) -> BradleyTerry:
    """Fit the strengths of things 0 to `things` - 1 from comparisons (N,).

    A tie is two rows of weight 1/2, one each way. With `prior` 0 it is the plain
    maximum-likelihood model, which exists only where a chain of wins leads from each thing to each
    other one. Raises ValueError without things, or where a thing is compared with itself.
    """
    if things < 1:
        raise ValueError("there is nothing to compare: give at least one thing")
    if (winners == losers).any():
        raise ValueError("a thing was compared with itself: leave such rows out")
    counted = np.ones(len(winners)) if weights is None else weights
    first, second, totals = _pairs(winners, losers, counted, things)
    wins = _sum(winners, counted, things) + prior
    strengths, converged = np.ones(things), False
    for _ in range(iterations):
        before = strengths
        share = totals / (before[first] + before[second])
        met = _sum(first, share, things) + _sum(second, share, things) + 2 * prior / (before + 1)
        strengths = np.maximum(wins / np.maximum(met, WEAKEST), WEAKEST)
        if not prior:
            strengths = strengths / np.exp(np.log(strengths).mean())
        if np.abs(strengths / before - 1).max() < TOLERANCE:
            converged = True
            break
    return BradleyTerry(strengths, converged)


def _pairs(
    winners: Indices, losers: Indices, weights: Floats, things: int
) -> tuple[Indices, Indices, Floats]:
    """Each compared pair once, with the weight of its comparisons either way."""
    codes = np.minimum(winners, losers) * things + np.maximum(winners, losers)
    seen, places = np.unique(codes, return_inverse=True)
    return seen // things, seen % things, _sum(places, weights, len(seen))


def _sum(places: Indices, weights: Floats, size: int) -> Floats:
    return np.bincount(places, weights, size).astype(np.float64)
