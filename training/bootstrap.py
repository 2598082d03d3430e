"""The lift between two models on the same prompts, with its bootstrap interval.

Paired percentile bootstrap (Efron & Tibshirani 1993, An Introduction to the Bootstrap, chapters 8
and 13): the prompts are drawn again with replacement, each keeping its difference, and the interval
spans the middle 95 % of the means. Pairing removes what the two models have in common, how hard a
prompt is. The interval speaks of other prompts of the same kind; it holds the two models fixed, and
says nothing of other training seeds.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

RESAMPLES = 10_000
CONFIDENCE = 0.95
_CHUNK_DRAWS = 4_000_000
"""Draws held in memory at a time."""


@dataclass(frozen=True, slots=True)
class Lift:
    """How much better a model became."""

    before: float
    after: float
    difference: float
    low: float
    """Lower end of the 95 % interval of the difference."""
    high: float
    n: int
    """Prompts that both models answered."""

    @property
    def improved(self) -> bool:
        """Whether the whole interval lies above zero."""
        return self.low > 0


def measure_lift(before_P: Floats, after_P: Floats, *, seed: int) -> Lift:
    """Compare two models by their pass rate on each of P prompts; NaN leaves a prompt out."""
    if before_P.shape != after_P.shape:
        raise ValueError(
            f"{before_P.size} prompts before, {after_P.size} after: evaluate both on the same ones"
        )
    both = ~(np.isnan(before_P) | np.isnan(after_P))
    if both.sum() < 2:
        raise ValueError(f"{both.sum()} prompts answered by both models: at least 2 are needed")
    before_P, after_P = before_P[both], after_P[both]
    low, high = bootstrap_interval(after_P - before_P, seed=seed)
    before, after = float(before_P.mean()), float(after_P.mean())
    return Lift(before, after, after - before, low, high, int(both.sum()))


def bootstrap_interval(values: Floats, *, seed: int) -> tuple[float, float]:
    """The 95 % percentile interval of the mean."""
    rng = np.random.default_rng(seed)
    rows = max(1, _CHUNK_DRAWS // values.size)
    means = [
        values[rng.integers(values.size, size=(min(rows, RESAMPLES - start), values.size))].mean(1)
        for start in range(0, RESAMPLES, rows)
    ]
    tail = 50 * (1 - CONFIDENCE)
    low, high = np.percentile(np.concatenate(means), [tail, 100 - tail])
    return float(low), float(high)
