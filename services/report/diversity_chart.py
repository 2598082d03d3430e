"""How evenly a set of texts fills the space of meanings: its cells as bars, its texts as dots."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor, log10

from markupsafe import Markup

from services.report.formats import count, counted, percent
from services.report.svg import Scale, element, line, picture, text

WIDTH, HEIGHT = 456.0, 300.0
LEFT, RIGHT, TOP, BOTTOM = 52.0, 440.0, 24.0, 262.0
GOLDEN_ANGLE = 137.508
"""Between the hues of one cell and the next: few cells share a hue, however many there are."""


@dataclass(frozen=True, slots=True)
class Dot:
    """One text in the plane."""

    x: float
    y: float
    cell: int
    """Index of its cell in the counts, so that bar and dot have one colour."""


def draw_cells(counts: Sequence[int]) -> Markup:
    """Texts in each cell, the fullest first, and the line that all would reach if even."""
    total, step = sum(counts), _tick_step(max(counts, default=0))
    y = Scale(0.0, step * max(-(-max(counts, default=0) // step), 1), BOTTOM, TOP)
    ordered = sorted(range(len(counts)), key=lambda cell: (-counts[cell], cell))
    parts = [
        *_grid(y, step),
        *(part for rank, cell in enumerate(ordered) for part in _bar(y, rank, cell, counts)),
        *_even_line(y, total / len(counts) if counts else 0.0),
        line(LEFT, BOTTOM, RIGHT, BOTTOM, "axis"),
        text(LEFT, BOTTOM + 18, f"{counted(len(counts), 'cell')}, the fullest first", "note"),
    ]
    label = f"{counted(total, 'text')} in {counted(len(counts), 'cell')}, the fullest first"
    return picture(WIDTH, HEIGHT, label, parts)


def draw_plane(dots: Sequence[Dot], explained: float) -> Markup:
    """Texts on the first two principal components; both axes have one scale.

    Args:
        dots: A sample of some thousands at most: each becomes an element of the page.
        explained: Share of the variance that the two components hold.
    """
    across, up = (RIGHT - LEFT) / 2, (BOTTOM - TOP) / 2
    reach = _reach(dots, across / up)
    x = Scale(-reach * across / up, reach * across / up, LEFT, RIGHT)
    y = Scale(-reach, reach, BOTTOM, TOP)
    note = f"{counted(len(dots), 'text')}; the plane holds {percent(explained, 0)} of the variance"
    parts = [
        line(LEFT, y(0), RIGHT, y(0), "grid"),
        line(x(0), TOP, x(0), BOTTOM, "grid"),
        *(_dot(x(dot.x), y(dot.y), dot.cell) for dot in dots),
        text(LEFT, BOTTOM + 18, note, "note"),
    ]
    return picture(WIDTH, HEIGHT, f"{counted(len(dots), 'text')} in the plane by cell", parts)


def _colour(cell: int) -> str:
    return f"hsl({cell * GOLDEN_ANGLE % 360:.0f} 42% 52%)"


def _tick_step(most: int) -> int:
    """The least of 1, 2, 5, 10, 20 ... that needs no more than five steps."""
    size = 10 ** floor(log10(most / 5)) if most > 5 else 1
    return next(size * factor for factor in (1, 2, 5, 10) if size * factor * 5 >= most)


def _grid(y: Scale, step: int) -> Iterator[Markup]:
    for value in range(0, round(y.high) + 1, step):
        yield line(LEFT, y(value), RIGHT, y(value), "grid")
        yield text(LEFT - 8, y(value) + 4, count(value), "tick", "end")


def _bar(y: Scale, rank: int, cell: int, counts: Sequence[int]) -> Iterator[Markup]:
    width = (RIGHT - LEFT) / len(counts)
    told = f"cell {cell}: {counted(counts[cell], 'text')}"
    yield element(
        "rect",
        element("title", f"{told} ({percent(counts[cell] / (sum(counts) or 1))})"),
        x=LEFT + width * rank,
        y=y(counts[cell]),
        width=max(width - 1.5, width * 0.6),
        height=BOTTOM - y(counts[cell]),
        fill=_colour(cell),
    )


def _even_line(y: Scale, even: float) -> Iterator[Markup]:
    each = f"{even:,.0f}" if even >= 10 else f"{even:.2g}"
    yield line(LEFT, y(even), RIGHT, y(even), "target")
    yield text(RIGHT, y(even) - 5, f"even: {each} each", "note strong", "end")


def _reach(dots: Sequence[Dot], ratio: float) -> float:
    """Half the height of the plane that holds all dots with a margin."""
    furthest = max((max(abs(dot.x) / ratio, abs(dot.y)) for dot in dots), default=0.0)
    return furthest * 1.05 or 1.0


def _dot(x: float, y: float, cell: int) -> Markup:
    return element("circle", cx=x, cy=y, r=2.5, fill=_colour(cell), fill_opacity=0.7)
