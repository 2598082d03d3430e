"""Tasks that wait and tasks that are done, day by day."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from services.report.svg import Scale, element, picture, text
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


@dataclass(frozen=True, slots=True)
class Day:
    """A queue at the end of a day."""

    day: date
    waiting: int
    done: int
    """Up to and with this day."""


def draw_progress(days: Sequence[Day]) -> Markup:
    """Two lines over the days; each day tells its numbers on hover."""
    steps = count_steps(max((max(day.waiting, day.done) for day in days), default=0))
    x = Scale(0, max(len(days) - 1, 1), LEFT, RIGHT)
    y = Scale(0, steps[-1], BOTTOM, TOP)
    parts = [
        *level_lines(y, steps),
        *day_ticks(x, [day.day for day in days]),
        *_line(x, y, [day.done for day in days], "done"),
        *_line(x, y, [day.waiting for day in days], "waiting"),
        *(_told(x, place, day) for place, day in enumerate(days)),
        text(LEFT, TOP - 12, "done", "word done"),
        text(LEFT + 54, TOP - 12, "waiting", "word waiting"),
    ]
    return picture(WIDTH, HEIGHT, "Tasks done and waiting, day by day", parts)


def _line(x: Scale, y: Scale, values: Sequence[int], style: str) -> Iterator[Markup]:
    places = " ".join(f"{x(place):.1f},{y(value):.1f}" for place, value in enumerate(values))
    yield element("polyline", points=places, class_=f"line {style}")
    if values:
        last = len(values) - 1
        yield element("circle", cx=x(last), cy=y(values[last]), r=4, class_=f"dot {style}")


def _told(x: Scale, place: int, day: Day) -> Markup:
    words = f"{day.day:%-d %b}: {day.done:,} done, {day.waiting:,} waiting"
    half = (x(1) - x(0)) / 2
    size = {"width": 2 * half, "height": BOTTOM - TOP}
    return element(
        "rect", element("title", words), x=x(place) - half, y=TOP, class_="touch", **size
    )
