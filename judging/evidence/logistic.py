"""The learned combination: logistic regression that starts from an equal vote.

    log-odds = s * mean_j z_j + sum_j w_j (z_j - mean) + v . covariates + (domain scale) * mean

z_j are the judges' log-odds. A ridge pulls s to `PRIOR_SCALE`, for judges are surer than they are
right, and w, v and the domains' scales to 0. With few labels that is the equal jury (Verga et al.
2024, arXiv 2404.18796), with many it is stacking (Wolpert 1992, doi:10.1016/S0893-6080(05)80023-1).
"""

from collections import Counter
from dataclasses import dataclass
from typing import Self

import numpy as np

from judging.evidence.signals import Signals
from judging.intervals import Booleans, Floats

PRIOR_SCALE = 0.4
"""Fitted scales of the judges' mean log-odds on public sets lie between .2 and .7."""
SCALE_STRENGTH = 60.0
"""Of the pull to PRIOR_SCALE, in units of information: about so many coin-flip labels at log-odds
2."""
WEIGHT_STRENGTH = 100.0
DOMAIN_LABELS = 20
"""A domain with fewer labels has no scale of its own."""
EQUAL = 1e6
NEWTON_STEPS = 50
SMALLEST_STEP = 1e-8


@dataclass(slots=True)
class Logistic:
    """One fitted combination."""

    pull: float = 1.0
    """Multiplies the ridge; `EQUAL` leaves the equal jury as it is."""
    domains: tuple[str, ...] = ()
    spread: Floats | None = None
    """Root mean square of each covariate, by which it is divided."""
    weights: Floats | None = None

    def fit(self, signals: Signals, first: Booleans) -> Self:
        """Learn from items of which it is known whether the first verdict holds."""
        self.domains = _frequent(signals.domains)
        if signals.covariates.size:
            self.spread = np.sqrt((signals.covariates**2).mean(axis=0)) + 1e-9
        matrix = self._matrix(signals)
        prior = np.zeros(matrix.shape[1])
        prior[0] = PRIOR_SCALE
        strength = np.full(matrix.shape[1], WEIGHT_STRENGTH * self.pull)
        strength[0] = SCALE_STRENGTH * self.pull
        if not signals.symmetric:
            strength[-1] = 1.0  # the intercept: how many are right at all
        self.weights = _newton(matrix, first.astype(float), prior, strength)
        return self

    def score(self, signals: Signals) -> Floats:
        """Log-odds of the first verdict for each item."""
        assert self.weights is not None
        scores: Floats = self._matrix(signals) @ self.weights
        return scores

    def _matrix(self, signals: Signals) -> Floats:
        """Columns: mean, deviations, covariates, domains, and a constant where sides differ."""
        odds = signals.log_odds
        heard = ~np.isnan(odds)
        known = np.where(heard, odds, 0.0)
        mean = known.sum(axis=1) / np.maximum(heard.sum(axis=1), 1)
        columns = [mean[:, None], np.where(heard, known - mean[:, None], 0.0)]
        if self.spread is not None:
            columns.append(signals.covariates / self.spread)
        if self.domains:
            own = np.array(signals.domains)[:, None] == np.array(self.domains)[None]
            columns.append(own * mean[:, None])
        if not signals.symmetric:
            columns.append(np.ones((len(odds), 1)))
        return np.hstack(columns)


def sigmoid(log_odds: Floats) -> Floats:
    """Probabilities of log-odds."""
    return 1 / (1 + np.exp(-np.clip(log_odds, -30, 30)))


def _frequent(domains: tuple[str, ...]) -> tuple[str, ...]:
    """Named domains with labels enough; none where there is only one, which says nothing new."""
    counts = Counter(domain for domain in domains if domain)
    kept = tuple(sorted(name for name, count in counts.items() if count >= DOMAIN_LABELS))
    return kept if len(kept) > 1 else ()


def _newton(matrix: Floats, first: Floats, prior: Floats, strength: Floats) -> Floats:
    """Minimise the penalised log loss; it is strictly convex.

    A step that would raise the loss is halved: from where a judge is sure and wrong, the curve is
    so flat that whole steps shoot ever farther past the minimum.
    """

    def loss(weights: Floats) -> float:
        odds = matrix @ weights
        pull = (strength * (weights - prior) ** 2).sum() / 2
        return float(np.logaddexp(0, np.where(first > 0, -odds, odds)).sum() + pull)

    weights, least = prior.copy(), loss(prior)
    for _ in range(NEWTON_STEPS):
        chances = sigmoid(matrix @ weights)
        gradient = matrix.T @ (chances - first) + strength * (weights - prior)
        curvature = (matrix * (chances * (1 - chances))[:, None]).T @ matrix + np.diag(strength)
        step = np.linalg.solve(curvature, gradient)
        while np.abs(step).max() >= SMALLEST_STEP and loss(weights - step) > least:
            step = step / 2
        if np.abs(step).max() < SMALLEST_STEP:
            break
        weights = weights - step
        least = loss(weights)
    return weights
