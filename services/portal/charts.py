"""Drawings of the labs' pages. Colours come from the style sheet."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from markupsafe import Markup

from services.portal.progress import Point
from services.report.svg import Scale, element, line, picture, text
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


def draw_burn_up(points: Sequence[Point], now: datetime) -> Markup:
    """Units due, delivered and accepted over the days, with a line at now."""
    first = min(p.due_at for p in points) - timedelta(days=7)
    last = max([now, *(p.due_at for p in points), *(p.delivered_at or now for p in points)])
    days = [first + timedelta(days=n) for n in range((last - first).days + 2)]
    x = Scale(0, max(len(days) - 1, 1), LEFT, RIGHT)
    y = Scale(0, count_steps(points[-1].due)[-1], BOTTOM, TOP)
    due = [(first, 0), *((p.due_at, p.due) for p in points)]
    delivered = _summed([(p.delivered_at, p.delivered) for p in points], first)
    accepted = _summed([(p.delivered_at, p.accepted) for p in points], first)
    here = x((now - first) / timedelta(days=1))
    parts = [
        *level_lines(y, count_steps(points[-1].due)),
        *day_ticks(x, [day.date() for day in days]),
        line(here, TOP, here, BOTTOM, "mean"),
        *_steps(x, y, first, due, "waiting"),
        *_steps(x, y, first, delivered, "done"),
        *_steps(x, y, first, accepted, "accepted"),
        text(LEFT, TOP - 12, "due", "word waiting"),
        text(LEFT + 40, TOP - 12, "delivered", "word done"),
        text(LEFT + 116, TOP - 12, "accepted", "word accepted"),
        text(min(here + 5, RIGHT - 24), TOP + 10, "now", "tick"),
    ]
    return picture(WIDTH, HEIGHT, "Units due, delivered and accepted over time", parts)


def draw_shares(title: str, rows: Sequence[tuple[str, float]], most: float = 1) -> Markup:
    """A bar for each batch, from 0 to `most`."""
    y = Scale(0, most, BOTTOM, TOP)
    width = (RIGHT - LEFT) / max(len(rows), 1)
    parts = [*level_lines(y, [most * n / 4 for n in range(5)], shares=most == 1)]
    for place, (name, value) in enumerate(rows):
        left = LEFT + place * width + width * 0.15
        size = {"width": width * 0.7, "height": max(BOTTOM - y(value), 0.5)}
        told = element("title", f"{name}: {value:.1%}" if most == 1 else f"{name}: {value:.2f}")
        parts.append(element("rect", told, x=left, y=y(value), class_="bar", **size))
        parts.append(text(left + width * 0.35, BOTTOM + 18, name, "tick", "middle"))
    return picture(WIDTH, HEIGHT, title, parts)


def draw_intervals(
    title: str, rows: Sequence[tuple[str, float, float, float]], mark: float, low: float
) -> Markup:
    """An estimate with its interval for each batch, and a line at what is agreed."""
    y = Scale(low, 1, BOTTOM, TOP)
    width = (RIGHT - LEFT) / max(len(rows), 1)
    steps = [low + (1 - low) * n / 4 for n in range(5)]
    parts = [line(LEFT, y(step), RIGHT, y(step), "grid") for step in steps]
    parts += [text(LEFT - 7, y(step) + 4, f"{step:.2f}", "tick", "end") for step in steps]
    parts.append(line(LEFT, y(mark), RIGHT, y(mark), "mean"))
    parts.append(text(RIGHT, y(mark) - 5, f"agreed: {mark:g}", "tick", "end"))
    for place, (name, value, bottom, top) in enumerate(rows):
        at = LEFT + (place + 0.5) * width
        parts.append(line(at, y(bottom), at, y(top), "whisker"))
        told = element("title", f"{name}: {value:.2f} ({bottom:.2f} to {top:.2f})")
        style = "dot low" if bottom < mark else "dot"
        parts.append(element("circle", told, cx=at, cy=y(value), r=5, class_=style))
        parts.append(text(at, BOTTOM + 18, name, "tick", "middle"))
    return picture(WIDTH, HEIGHT, title, parts)


def _summed(
    rows: Sequence[tuple[datetime | None, int | None]], first: datetime
) -> list[tuple[datetime, int]]:
    """Sums over time of what has come."""
    total, sums = 0, [(first, 0)]
    for at, units in sorted((at, units) for at, units in rows if at is not None and units):
        total += units
        sums.append((at, total))
    return sums


def _steps(
    x: Scale, y: Scale, first: datetime, rows: Sequence[tuple[datetime, int]], style: str
) -> Iterator[Markup]:
    places = []
    before = 0
    for at, units in rows:
        across = x((at - first) / timedelta(days=1))
        places += [f"{across:.1f},{y(before):.1f}", f"{across:.1f},{y(units):.1f}"]
        before = units
    yield element("polyline", points=" ".join(places), class_=f"line {style}")
