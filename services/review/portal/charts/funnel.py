"""Reviewers on gold: who lies outside what chance explains."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

from markupsafe import Markup

from services.report.svg import Scale, element, line, picture, text
from services.review.portal.charts.frame import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    SHARES,
    TOP,
    WIDTH,
    count_steps,
    level_lines,
)

_Z = 1.96
_CURVE_POINTS = 60


@dataclass(frozen=True, slots=True)
class Point:
    """A reviewer: of so many gold items, so many right."""

    name: str
    right: int
    answered: int

    @property
    def share(self) -> float:
        """0..1."""
        return self.right / self.answered


def draw_funnel(points: Sequence[Point]) -> Markup:
    """Share right by number answered, within Wilson's 95 % limits around all reviewers' share.

    Who lies below them is named.
    """
    met = [point for point in points if point.answered]
    steps = count_steps(max((point.answered for point in met), default=1))
    x, y = Scale(0, steps[-1], LEFT, RIGHT), Scale(0.0, 1.0, BOTTOM, TOP)
    answered = sum(point.answered for point in met)
    mean = sum(point.right for point in met) / answered if answered else 0.0
    parts = [
        *level_lines(y, SHARES, shares=True),
        *(text(x(step), BOTTOM + 18, f"{step:,.0f}", "tick", "middle") for step in steps),
        *(_limits(x, y, mean) if answered else ()),
        *(part for point in met for part in _point(x, y, point, mean)),
        text(RIGHT, HEIGHT - 4, "gold items answered", "tick", "end"),
    ]
    return picture(WIDTH, HEIGHT, f"Share of gold right, {len(met)} reviewers", parts)


def wilson_limits(share: float, count: float) -> tuple[float, float]:
    """Where 95 % of shares of `count` draws lie around a true share."""
    centre = (share + _Z**2 / (2 * count)) / (1 + _Z**2 / count)
    spread = share * (1 - share) / count + _Z**2 / (4 * count**2)
    half = _Z * sqrt(spread) / (1 + _Z**2 / count)
    return max(centre - half, 0.0), min(centre + half, 1.0)


def _limits(x: Scale, y: Scale, mean: float) -> Iterator[Markup]:
    counts = [x.high * (place + 1) / _CURVE_POINTS for place in range(_CURVE_POINTS)]
    limits = [(count, *wilson_limits(mean, count)) for count in counts if count >= 1]
    around = [(count, low) for count, low, _ in limits]
    around += [(count, high) for count, _, high in reversed(limits)]
    places = " ".join(f"{x(count):.1f},{y(share):.1f}" for count, share in around)
    yield element("polygon", points=places, class_="band")
    yield line(LEFT, y(mean), RIGHT, y(mean), "mean")


def _point(x: Scale, y: Scale, point: Point, mean: float) -> Iterator[Markup]:
    low, _ = wilson_limits(mean, point.answered)
    told = element("title", f"{point.name}: {point.right} of {point.answered} right")
    place, height = x(point.answered), y(point.share)
    if point.share >= low:
        yield element("circle", told, cx=place, cy=height, r=5, class_="dot")
        return
    yield element("circle", told, cx=place, cy=height, r=5, class_="dot low")
    near_end = place > (LEFT + RIGHT) / 2
    shift, anchor = (-10, "end") if near_end else (10, "start")
    yield text(place + shift, height + 4, point.name, "name", anchor)
