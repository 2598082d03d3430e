"""What the difference of two rewards is worth: P(a beats b) = sigmoid((s_a - s_b) / T).

That is how reward models are trained (Bradley and Terry 1952; T = 1), and what they say is mostly
far too sure: their probabilities mean something once T is fitted to labels of the task at hand.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from ingot.errors import OrderError

_STEPS = 200
"""Halvings of the interval that holds the slope; a double has no more digits after 60 or so."""


@dataclass(frozen=True, slots=True)
class BradleyTerry:
    """Rewards as chances."""

    temperature: float = 1.0
    """Reward points of one logit; infinite where rewards say nothing, and all chances are 1/2."""

    def p(self, margin: float) -> float:
        """Probability that the one who leads by `margin` (negative: trails) is the better one."""
        return float(expit(margin / self.temperature))

    def p_best(self, scores: Sequence[float]) -> list[float]:
        """Probability of each to be the best of all (Luce 1959): softmax of the rewards over T."""
        logits = np.asarray(scores, float) / self.temperature
        powers = np.exp(logits - logits.max())
        return [float(share) for share in powers / powers.sum()]


def fit_temperature(margins: Sequence[float], a_wins: Sequence[bool]) -> BradleyTerry:
    """The temperature under which the labels are likeliest.

    `margins` are s_a - s_b. Labels count as (n + 1) / (n + 2) and 1 / (n + 2) instead of 1 and 0
    (Platt 1999, section 2.2), so that T stays above 0 where all labels agree with the rewards. T
    is infinite where rewards are no better than chance; it is never negative: a model that is
    right when it says the opposite is a mistake to be found, not one to be fitted.

    Raises OrderError without a label, or where a margin is not finite.
    """
    if not margins or len(margins) != len(a_wins):
        raise OrderError(f"{len(margins)} margins and {len(a_wins)} labels; give one of each")
    if not all(map(isfinite, margins)):
        raise OrderError("a margin is not finite: leave out pairs without two rewards")
    gap = np.asarray(margins, float)
    n = len(gap)
    wanted = np.where(np.asarray(a_wins, bool), n + 1, 1) / (n + 2)
    scale = float(np.abs(gap).max()) or 1.0
    slope = _find_slope(gap / scale, wanted)
    return BradleyTerry(scale / slope if slope > 0 else float("inf"))


def _find_slope(gap: NDArray[np.float64], wanted: NDArray[np.float64]) -> float:
    """The w >= 0 at which the likelihood's derivative is 0; the derivative falls in w."""

    def rise(slope: float) -> float:
        return float(gap @ (wanted - expit(slope * gap)))

    if rise(0.0) <= 0:
        return 0.0
    low, high = 0.0, 1.0
    while rise(high) > 0:
        low, high = high, 2 * high
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if rise(middle) > 0 else (low, middle)
    return (low + high) / 2
