"""A share that was counted, with its interval."""

from ingot.records import Model

DELTA = 0.05
"""Intervals hold with confidence 1 - DELTA."""


class Share(Model):
    """So many of so many, with Wilson's interval."""

    count: float
    of: int
    share: float | None
    """None of none."""
    low: float
    high: float


def share(count: float, of: int) -> Share:
    """The share `count` of `of`; a fractional count comes of ties that were split."""
    from judging.people.shares import (
        share_interval,
    )  # numpy and scipy, only when a share is asked for

    interval = share_interval(count, of, DELTA)
    return Share(
        count=count,
        of=of,
        share=count / of if of else None,
        low=interval.low,
        high=interval.high,
    )
