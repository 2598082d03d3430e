"""The interval of a share in which ties were split, so that the count may be a fraction."""

from judging.intervals import Interval as Interval
from judging.intervals import wilson


def share_interval(count: float, of: int, delta: float) -> Interval:
    """Wilson's interval with confidence 1 - delta, of the nearest whole count; [0, 1] of none."""
    return wilson(round(count), of, delta)
