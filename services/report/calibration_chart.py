"""The reliability diagram: how often people agree with a judge of a given confidence."""

from collections.abc import Iterator, Sequence
from math import floor

from markupsafe import Markup

from services.report.facts import CurveBin
from services.report.formats import percent
from services.report.svg import Scale, element, line, picture, text

WIDTH, HEIGHT = 456.0, 384.0
LEFT, RIGHT, TOP, BOTTOM = 44.0, 440.0, 24.0, 284.0
STRIP_BOTTOM, STRIP_TOP = 358.0, 322.0
"""Below the diagram: how many labelled pairs each bin holds."""
FILE_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #333; } text.tick, text.note { fill: #666; }
text.strong { font-weight: 600; fill: #2f6db3; } .grid { stroke: #e4e4e4; }
.diagonal { stroke: #bbb; stroke-dasharray: 3 3; } .target { stroke: #c4432b; }
.threshold { stroke: #2f6db3; } .alone { fill: #2f6db3; opacity: .08; } .axis { stroke: #888; }
.interval { stroke: #9db7d5; } .judge { fill: #2f6db3; } .count { fill: #c9d6e6; }
"""
"""For the diagram as a file of its own."""


def draw_calibration(
    bins: Sequence[CurveBin], threshold: float | None, target_agreement: float | None
) -> Markup:
    """Agreement by confidence with Wilson's intervals, the threshold, and the size of each bin."""
    x = Scale(min(b.low for b in bins), max(b.high for b in bins), LEFT, RIGHT)
    y = Scale(_floor(bins), 1.0, BOTTOM, TOP)
    parts = [
        *_grid(x, y, bins),
        *_marks(x, y, threshold, target_agreement),
        *(part for b in bins if b.count for part in _point(x, y, b)),
        *_strip(x, bins),
    ]
    total = sum(b.count for b in bins)
    return picture(WIDTH, HEIGHT, f"Agreement by confidence, {total} labelled pairs", parts)


def _floor(bins: Sequence[CurveBin]) -> float:
    """Lower end of the axis: 50 %, or as many whole fifths as the lowest interval needs."""
    lowest = min((b.interval.low for b in bins if b.count), default=0.5)
    return 0.5 if lowest >= 0.5 else floor(lowest * 5) / 5


def _grid(x: Scale, y: Scale, bins: Sequence[CurveBin]) -> Iterator[Markup]:
    for tenth in range(round(y.low * 10), 11, 1 if y.low >= 0.4 else 2):
        height = y(tenth / 10)
        yield line(LEFT, height, RIGHT, height, "grid")
        yield text(LEFT - 8, height + 4, percent(tenth / 10, 0), "tick", "end")
    for edge in [bins[0].low, *(b.high for b in bins)][::2]:
        yield text(x(edge), BOTTOM + 17, f"{edge:.2f}", "tick", "middle")
    low = max(x.low, y.low)
    yield line(x(low), y(low), x(x.high), y(x.high), "diagonal")


def _marks(
    x: Scale, y: Scale, threshold: float | None, target_agreement: float | None
) -> Iterator[Markup]:
    """What was promised, and from where on the judge decides alone."""
    if target_agreement is not None:
        height = y(target_agreement)
        yield line(LEFT, height, RIGHT, height, "target")
        label = f"promised {percent(target_agreement, 0)}"
        yield text(LEFT + 5, height - 5, label, "note")
    if threshold is not None:
        place, near_end = x(threshold), x(threshold) > (LEFT + RIGHT) / 2
        size = {"width": RIGHT - place, "height": BOTTOM - TOP}
        yield element("rect", x=place, y=TOP, class_="alone", **size)
        yield line(place, TOP - 4, place, BOTTOM, "threshold")
        label = f"the judge decides alone from {threshold:.3f}"
        shift, anchor = (RIGHT, "end") if near_end else (place, "start")
        yield text(shift, TOP - 9, label, "note strong", anchor)


def _point(x: Scale, y: Scale, b: CurveBin) -> Iterator[Markup]:
    if b.agreement is None or b.mean_confidence is None:
        return
    place = x(b.mean_confidence)
    low, high = y(b.interval.low), y(b.interval.high)
    yield line(place, low, place, high, "interval")
    for end in (low, high):
        yield line(place - 4, end, place + 4, end, "interval")
    told = (
        f"confidence {b.low:.2f} to {b.high:.2f}: people agree in {percent(b.agreement)} of "
        f"{b.count} ({percent(b.interval.low)} to {percent(b.interval.high)})"
    )
    title = element("title", told)
    yield element("circle", title, cx=place, cy=y(b.agreement), r=5, class_="judge")


def _strip(x: Scale, bins: Sequence[CurveBin]) -> Iterator[Markup]:
    most = max((b.count for b in bins), default=0) or 1
    for b in bins:
        height = (STRIP_BOTTOM - STRIP_TOP) * b.count / most
        left, width = x(b.low) + 2, x(b.high) - x(b.low) - 4
        top = STRIP_BOTTOM - height
        yield element("rect", x=left, y=top, width=width, height=height, class_="count")
        yield text(left + width / 2, top - 4, str(b.count), "tick", "middle")
    yield line(LEFT, STRIP_BOTTOM, RIGHT, STRIP_BOTTOM, "axis")
    yield text(LEFT, STRIP_BOTTOM + 18, "labelled pairs in each range of confidence", "note")
