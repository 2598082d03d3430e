"""Answers by day, as bars."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Protocol

from markupsafe import Markup

from services.report.svg import Scale, element, line, picture
from services.review.portal.charts.frame import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    count_steps,
    day_ticks,
    level_lines,
)

_DAYS = 31


class Day(Protocol):
    """A day's paid answers in one currency."""

    @property
    def day(self) -> date:
        """Of UTC."""

    @property
    def answers(self) -> int:
        """How many."""


def draw_days(days: Sequence[Day]) -> Markup:
    """One bar for each of the 31 days up to the last one that has answers."""
    counts: dict[date, int] = {}
    for day in days:
        counts[day.day] = counts.get(day.day, 0) + day.answers
    last = max(counts, default=date(2000, 1, 1))
    shown = [last - timedelta(days=back) for back in reversed(range(_DAYS))]
    steps = count_steps(max(counts.values(), default=0))
    x, y = Scale(0, _DAYS - 1, LEFT + 8, RIGHT - 8), Scale(0, steps[-1], BOTTOM, TOP)
    parts = [
        *level_lines(y, steps),
        *day_ticks(x, shown),
        *_bars(x, y, [(day, counts[day]) if day in counts else None for day in shown]),
        line(LEFT, BOTTOM, RIGHT, BOTTOM, "axis"),
    ]
    return picture(WIDTH, HEIGHT, "Answers by day", parts)


def _bars(x: Scale, y: Scale, days: Sequence[tuple[date, int] | None]) -> Iterator[Markup]:
    for place, found in enumerate(days):
        if found is not None:
            day, count = found
            told = element("title", f"{day:%-d %b}: {count:,} answers")
            size = {"width": 9.0, "height": BOTTOM - y(count)}
            yield element("rect", told, x=x(place) - 4.5, y=y(count), rx=1.5, class_="bar", **size)
