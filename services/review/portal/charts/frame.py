"""What the portal's drawings share: size, axes, ticks. Colours come from the style sheet."""

from collections.abc import Iterator, Sequence
from datetime import date
from math import ceil, log10

from markupsafe import Markup

from services.report.svg import Scale, line, text

WIDTH, HEIGHT = 480.0, 236.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 468.0, 26.0, 200.0
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


def count_steps(most: float) -> list[float]:
    """From 0 up to `most` or a little more, in one to four round steps."""
    rough = max(most, 1) / 4
    size: float = 10 ** int(log10(rough)) if rough >= 1 else 1
    step = next(size * by for by in (1, 2, 5, 10) if size * by >= rough)
    return [step * number for number in range(ceil(max(most, 1) / step) + 1)]


def level_lines(y: Scale, steps: Sequence[float], *, shares: bool = False) -> Iterator[Markup]:
    """Horizontal lines with their values at the left."""
    for step in steps:
        yield line(LEFT, y(step), RIGHT, y(step), "grid")
        word = f"{step:.0%}".replace("%", " %") if shares else f"{step:,.0f}"
        yield text(LEFT - 7, y(step) + 4, word, "tick", "end")


def day_ticks(x: Scale, days: Sequence[date]) -> Iterator[Markup]:
    """The first, a middle and the last day, as far as there are so many."""
    places = sorted({0, (len(days) - 1) // 2, len(days) - 1}) if len(days) > 2 else range(len(days))
    for place in places:
        anchor = "middle" if 0 < place < len(days) - 1 or len(days) == 1 else _edge(place)
        yield text(x(place), BOTTOM + 18, f"{days[place]:%-d %b}", "tick", anchor)


def _edge(place: int) -> str:
    return "start" if place == 0 else "end"
