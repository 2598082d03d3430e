"""The combination for many labels: gradient-boosted trees over the same signals.

Trees see what a weighted sum cannot, such as a judge that is good on long answers only. Each item
is shown twice, once with its sides changed, and scored as the mean of both, so that no side is
preferred.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier

from judging.evidence.signals import Signals, to_log_odds
from judging.intervals import Booleans, Floats


@dataclass(slots=True)
class Boosted:
    """One fitted ensemble of trees."""

    model: Any = None

    def fit(self, signals: Signals, first: Booleans) -> Self:
        """Learn from items of which it is known whether the first verdict holds."""
        matrix, labels = _matrix(signals), first.astype(int)
        if signals.symmetric:
            matrix, labels = np.vstack([matrix, -matrix]), np.concatenate([labels, 1 - labels])
        self.model = HistGradientBoostingClassifier(
            learning_rate=0.05,
            max_iter=120,
            max_leaf_nodes=8,
            min_samples_leaf=20,
            l2_regularization=10.0,
            random_state=0,
        ).fit(matrix, labels)
        return self

    def score(self, signals: Signals) -> Floats:
        """Log-odds of the first verdict for each item."""
        matrix = _matrix(signals)
        odds = to_log_odds(self.model.predict_proba(matrix)[:, 1])
        if signals.symmetric:
            odds = (odds - to_log_odds(self.model.predict_proba(-matrix)[:, 1])) / 2
        return odds


def _matrix(signals: Signals) -> Floats:
    """All signals, their mean, and the covariates; trees take NaN as it is."""
    odds = signals.log_odds
    heard = np.maximum((~np.isnan(odds)).sum(axis=1, keepdims=True), 1)
    mean = np.nansum(odds, axis=1, keepdims=True) / heard
    columns = [odds, mean]
    if signals.covariates.size:
        columns.append(signals.covariates)
    return np.hstack(columns)
