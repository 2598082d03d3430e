"""Figures with their intervals, one row each: agreement by criterion, accuracy by reviewer."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from services.report.svg import Scale, element, line, picture, text
from services.review.portal.charts.frame import RIGHT, WIDTH

_ROW, _LABEL, _FOOT = 34.0, 128.0, 26.0
_TICKS = (-0.5, 0.0, 0.5, 1.0)
_NAME_CHARS = 18


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and the interval in which it lies."""

    name: str
    value: float
    low: float
    high: float


def draw_intervals(estimates: Sequence[Estimate], what: str) -> Markup:
    """Dots with whiskers over an axis from the least to 1; from 0 where nothing lies below it."""
    least = min((estimate.low for estimate in estimates), default=0.0)
    x = Scale(0.0 if least >= 0 else -0.5 if least >= -0.5 else -1.0, 1.0, _LABEL, RIGHT - 8)
    height = _ROW * len(estimates) + _FOOT
    rows = enumerate(estimates)
    parts = [
        *_grid(x, height),
        *(part for place, estimate in rows for part in _row(x, place, estimate)),
    ]
    return picture(WIDTH, height, f"{what} with 95 % intervals", parts)


def _grid(x: Scale, height: float) -> Iterator[Markup]:
    for tick in (x.low, *(tick for tick in _TICKS if tick > x.low)):
        yield line(x(tick), 4, x(tick), height - _FOOT, "grid")
        yield text(x(tick), height - 8, f"{tick:g}", "tick", "middle")


def _row(x: Scale, place: int, estimate: Estimate) -> Iterator[Markup]:
    height = _ROW * place + _ROW / 2 + 2
    name = estimate.name
    short = name if len(name) <= _NAME_CHARS else name[: _NAME_CHARS - 1] + "…"
    yield text(0, height + 4, short, "name")
    yield line(x(estimate.low), height, x(estimate.high), height, "whisker")
    told = f"{name}: {estimate.value:.2f} ({estimate.low:.2f} to {estimate.high:.2f})"
    title = element("title", told)
    yield element("circle", title, cx=x(estimate.value), cy=height, r=5.5, class_="dot")
