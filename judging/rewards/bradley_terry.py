"""How strong each of n players is, from who beat whom: Bradley-Terry, with ties after Davidson.

P(i beats j) = exp(u_i) / (exp(u_i) + exp(u_j) + nu exp((u_i + u_j) / 2)), P(tie) the last term's
share (Davidson 1970, J. Am. Stat. Assoc. 65(329), eq. 2.5); without ties nu = 0 and it is
Bradley-Terry (1952). Strengths u are in logits.

Each strength has a Gaussian prior of variance 1 / ridge. It keeps who never lost finite, and each
group of players that met, directly or over others, at mean 0. Players of different groups never met
over anybody: nothing can be said about them, so nothing is.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import exp, sqrt

import numpy as np
from scipy.sparse.csgraph import connected_components
from scipy.special import logsumexp
from scipy.stats import norm

from ingot.errors import OrderError
from judging.intervals import Floats, Integers, Interval

RIDGE = 0.1
"""A prior of about 3 logits (1 in 20) around the mean: weak beside ten comparisons."""
_TIE_RIDGE = 0.01
"""Of log nu, so that a single tie does not send it away."""

_MAX_STEPS = 200
_TOLERANCE = 1e-14
"""Of the loss, as its share: what another step could still gain."""


@dataclass(frozen=True, slots=True)
class Result:
    """How often i beat j (`wins`), lost (`losses`) and neither (`ties`); may be shares."""

    i: int
    j: int
    wins: float = 0.0
    losses: float = 0.0
    ties: float = 0.0


@dataclass(frozen=True, slots=True)
class Strengths:
    """The players' strengths and what is known about them."""

    values: Floats
    """Of each player, in logits; mean 0 in each group."""
    groups: Integers
    """Players with the same number met, directly or over others."""
    covariance: Floats
    """Of the values, from the inverse Hessian at the optimum; only within a group."""
    nu: float
    """Davidson's tendency to tie; 0 without ties."""

    def p(self, i: int, j: int) -> float | None:
        """Probability that i beats j, given that one of them wins; None where they never met."""
        if self.groups[i] != self.groups[j]:
            return None
        return 1 / (1 + exp(float(self.values[j] - self.values[i])))

    def lead(self, i: int, j: int, alpha: float = 0.05) -> Interval | None:
        """Interval for how much stronger i is than j, in logits; None where they never met."""
        if self.groups[i] != self.groups[j]:
            return None
        c = self.covariance
        return _interval(
            float(self.values[i] - self.values[j]), c[i, i] + c[j, j] - 2 * c[i, j], alpha
        )

    def interval(self, i: int, alpha: float = 0.05) -> Interval | None:
        """Interval for the strength of i against its group's mean; None where i met nobody."""
        if (self.groups == self.groups[i]).sum() == 1:
            return None
        return _interval(float(self.values[i]), self.covariance[i, i], alpha)


def fit_strengths(players: int, results: Iterable[Result], ridge: float = RIDGE) -> Strengths:
    """The likeliest strengths under the prior.

    Raises OrderError where a result names no player, pairs one with itself or counts below 0.
    """
    played = [result for result in results if _checked(result, players)]
    groups = _find_groups(players, played)
    if not played:
        return Strengths(np.zeros(players), groups, np.zeros((players, players)), 0.0)
    table = _Table(players, played, ridge)
    found = _minimise(table)
    values, covariance = _centre(found, np.linalg.inv(table.hessian(found)).astype(float), groups)
    return Strengths(values, groups, covariance, exp(found[-1]) if table.tied else 0.0)


def _checked(result: Result, players: int) -> bool:
    """Whether there is anything in it."""
    counts = (result.wins, result.losses, result.ties)
    if result.i == result.j or not {result.i, result.j} <= set(range(players)) or min(counts) < 0:
        raise OrderError(f"{result} is no result between two of {players} players")
    return sum(counts) > 0


def _find_groups(players: int, results: Iterable[Result]) -> Integers:
    met = np.zeros((players, players), bool)
    for result in results:
        met[result.i, result.j] = True
    groups: Integers = connected_components(met, directed=False)[1].astype(np.int64)
    return groups


def _centre(found: Floats, inverse: Floats, groups: Integers) -> tuple[Floats, Floats]:
    """Strengths against their group's mean: the mean itself is known from the prior alone."""
    n = len(groups)
    same = (groups[:, None] == groups[None, :]).astype(float)
    centring = np.eye(n) - same / same.sum(axis=1, keepdims=True)
    return centring @ found[:n], centring @ inverse[:n, :n] @ centring.T * same


def _interval(value: float, variance: float, alpha: float) -> Interval:
    reach = float(norm.ppf(1 - alpha / 2)) * sqrt(max(0.0, float(variance)))
    return Interval(low=value - reach, high=value + reach)


class _Table:
    """The comparisons as arrays, and minus the log-posterior with its two derivatives.

    Parameters P: the n strengths and, with ties, log nu. Row r has the outcomes O (win, loss, tie)
    with the logits u_i, u_j and (u_i + u_j) / 2 + log nu, so it touches the parameters in `at`
    alone, by the same small design: shapes are R (rows), O, L (parameters of a row), P.
    """

    def __init__(self, players: int, results: list[Result], ridge: float) -> None:
        self.tied = any(result.ties for result in results)
        size = 2 + self.tied
        counts_RO = np.array([(r.wins, r.losses, r.ties) for r in results], float)
        self.counts_RO: Floats = counts_RO[:, :size]
        self.totals_R1 = self.counts_RO.sum(1, keepdims=True)
        self.at_RL = np.array([(r.i, r.j, players) for r in results])[:, :size]
        self.design_OL = np.array([[1, 0, 0], [0, 1, 0], [0.5, 0.5, 1]])[:size, :size]
        self.ridge_P = np.array([ridge] * players + [_TIE_RIDGE] * self.tied)

    def loss(self, parameters_P: Floats) -> float:
        likelihood = (self.counts_RO * self._log_chances(parameters_P)).sum()
        return float(self.ridge_P @ parameters_P**2 / 2 - likelihood)

    def gradient(self, parameters_P: Floats) -> Floats:
        expected_RO = self.totals_R1 * np.exp(self._log_chances(parameters_P))
        slope_P: Floats = self.ridge_P * parameters_P
        np.add.at(slope_P, self.at_RL, (expected_RO - self.counts_RO) @ self.design_OL)
        return slope_P

    def hessian(self, parameters_P: Floats) -> Floats:
        """Of each row n (sum_o p_o d_o d_o' - m m') with m = sum_o p_o d_o."""
        chances_RO = np.exp(self._log_chances(parameters_P))
        means_RL = chances_RO @ self.design_OL
        curves_RLL = np.einsum("ro,ol,om->rlm", chances_RO, self.design_OL, self.design_OL)
        curves_RLL -= means_RL[:, :, None] * means_RL[:, None, :]
        curve_PP: Floats = np.diag(self.ridge_P)
        rows, columns = self.at_RL[:, :, None], self.at_RL[:, None, :]
        np.add.at(curve_PP, (rows, columns), self.totals_R1[:, :, None] * curves_RLL)
        return curve_PP

    def _log_chances(self, parameters_P: Floats) -> Floats:
        logits_RO = parameters_P[self.at_RL] @ self.design_OL.T
        chances: Floats = logits_RO - logsumexp(logits_RO, 1, keepdims=True)
        return chances


def _minimise(table: _Table) -> Floats:
    """Newton's method with halved steps; the loss is strictly convex, so it ends at the minimum."""
    here = np.zeros(len(table.ridge_P))
    loss = table.loss(here)
    for _ in range(_MAX_STEPS):
        slope = table.gradient(here)
        step = np.linalg.solve(table.hessian(here), slope)
        promise = float(slope @ step)
        if promise < _TOLERANCE * max(1.0, abs(loss)):
            break
        while (reached := table.loss(here - step)) > loss - promise / 4 and promise > 0:
            step, promise = step / 2, promise / 2
        here, loss = here - step, reached
    return here
