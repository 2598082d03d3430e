"""The calibration curve: how often a judge of a given confidence agrees with people."""

from collections.abc import Sequence

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
        index = int((confidence - 0.5) * 2 * bins)
        members[max(0, min(bins - 1, index))].append((confidence, agrees))
    return [_bin(index, bins, items) for index, items in enumerate(members)]


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
