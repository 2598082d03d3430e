"""A histogram as a drawing of its own: an SVG file that any browser opens."""

from collections.abc import Iterator, Sequence
from math import ceil, floor

from markupsafe import Markup

from services.report.svg import Scale, element, line, text

WIDTH, HEIGHT = 640.0, 320.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 616.0, 36.0, 272.0
BINS = 20
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #333; }
.grid { stroke: #e4e4e4; } .axis { stroke: #888; } .bar { fill: #2f6db3; }
"""


def draw_histogram(
    values: Sequence[float], title: str, *, low: float | None = None, high: float | None = None
) -> str:
    """How often values fall into equal ranges from `low` to `high`, else from least to most.

    Each bar tells its range and its number on hover.
    """
    low = min(values, default=0.0) if low is None else low
    high = max(values, default=1.0) if high is None else high
    high = high if high > low else low + 1.0
    counts = count_bins(values, low, high)
    x, y = Scale(low, high, LEFT, RIGHT), Scale(0.0, max(max(counts), 1), BOTTOM, TOP)
    parts = [
        element("style", Markup(STYLE)),  # our own text, not to be escaped
        text(LEFT, TOP - 14, f"{title}: {len(values):,} items", "title"),
        *_grid(x, y),
        *(_bar(x, y, place, counts) for place in range(BINS) if counts[place]),
        line(LEFT, BOTTOM, RIGHT, BOTTOM, "axis"),
    ]
    box, space = f"0 0 {WIDTH:g} {HEIGHT:g}", "http://www.w3.org/2000/svg"
    return str(element("svg", *parts, xmlns=space, viewBox=box, role="img", aria_label=title))


def count_bins(values: Sequence[float], low: float, high: float) -> list[int]:
    """How many values fall into each bin; the last one holds its upper end too."""
    counts = [0] * BINS
    for value in values:
        place = floor((value - low) / (high - low) * BINS)
        counts[min(max(place, 0), BINS - 1)] += 1
    return counts


def _grid(x: Scale, y: Scale) -> Iterator[Markup]:
    step = ceil(y.high / 4)
    for number in range(0, round(y.high) + 1, step):
        yield line(LEFT, y(number), RIGHT, y(number), "grid")
        yield text(LEFT - 8, y(number) + 4, f"{number:,}", "tick", "end")
    for tenth in range(0, 11, 2):
        value = x.low + (x.high - x.low) * tenth / 10
        yield text(x(value), BOTTOM + 18, f"{value:.2f}", "tick", "middle")


def _bar(x: Scale, y: Scale, place: int, counts: Sequence[int]) -> Markup:
    width = (x.high - x.low) / BINS
    start = x.low + place * width
    told = element("title", f"{start:.3f} to {start + width:.3f}: {counts[place]:,}")
    top = y(counts[place])
    size = {"width": (RIGHT - LEFT) / BINS - 1.5, "height": BOTTOM - top}
    return element("rect", told, x=x(start), y=top, class_="bar", **size)
