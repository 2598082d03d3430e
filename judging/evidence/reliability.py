"""The calibration curve: how often a judge of a given confidence agrees with people.

Two figures sum it up. The expected calibration error (Naeini et al. 2015,
doi:10.1609/aaai.v29i1.9602) says how far confidence is from agreement, and a judge that is as sure
everywhere as it is right on average has none; the Brier score also wants the right items to be the
sure ones.
"""

from collections.abc import Sequence

import numpy as np

from ingot.records import Model
from judging.intervals import Interval, wilson


class Bin(Model):
    """Items of about the same confidence, `low` <= c < `high` (the last bin holds its end too)."""

    low: float
    high: float
    count: int
    mean_confidence: float | None
    agreement: float | None
    """Share of the items on which judge and people agree; None where the bin is empty."""
    interval: Interval
    """Wilson's 95 % interval for the agreement."""


def calibration_curve(calibration: Sequence[tuple[float, bool]], bins: int = 10) -> list[Bin]:
    """Bins of equal width from 0.5, where a two-way verdict is a coin, to 1, ready to plot."""
    members: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for confidence, agrees in calibration:
        index = int((confidence - 0.5) * 2 * bins + 1e-9)  # 0.6 - 0.5 falls short of 0.1
        members[max(0, min(bins - 1, index))].append((confidence, agrees))
    return [_bin(index, bins, items) for index, items in enumerate(members)]


def expected_calibration_error(points: Sequence[tuple[float, bool]], bins: int = 10) -> float:
    """Mean distance of confidence and agreement over the bins of the curve, by their items.

    `points` are (confidence, agrees), confidences from 0.5. Raises ValueError without any.
    """
    _require(points)
    return sum(
        abs(b.mean_confidence - b.agreement) * b.count / len(points)
        for b in calibration_curve(points, bins)
        if b.mean_confidence is not None and b.agreement is not None
    )


def brier(points: Sequence[tuple[float, bool]]) -> float:
    """Mean squared distance of confidence and agreement: 0 is best, always 0.5 earns 0.25.

    Raises ValueError without points.
    """
    _require(points)
    return float(np.mean([(confidence - agrees) ** 2 for confidence, agrees in points]))


def _require(points: Sequence[tuple[float, bool]]) -> None:
    if not points:
        raise ValueError("there is nothing to compare: label some items first")


def _bin(index: int, bins: int, items: Sequence[tuple[float, bool]]) -> Bin:
    count, agreed = len(items), sum(agrees for _, agrees in items)
    return Bin(
        low=0.5 + index / bins / 2,
        high=0.5 + (index + 1) / bins / 2,
        count=count,
        mean_confidence=sum(confidence for confidence, _ in items) / count if count else None,
        agreement=agreed / count if count else None,
        interval=wilson(agreed, count, 0.05),
    )
