"""Bars: one whole in parts, and single shares."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from services.report.formats import count, percent
from services.report.svg import element


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a whole."""

    name: str
    number: int
    style: str
    """Class that gives the part its colour."""


def draw_parts(parts: Sequence[Part]) -> Markup:
    """A stacked bar; names and numbers stand beside it in the page."""
    total = sum(part.number for part in parts) or 1
    drawn, start = [], 0.0
    for part in parts:
        share = 1000 * part.number / total
        told = f"{part.name}: {count(part.number)} ({percent(part.number / total)})"
        title = element("title", told)
        gap = min(2.0, share / 2)
        drawn.append(
            element("rect", title, x=start, y=0, width=share - gap, height=26, class_=part.style)
        )
        start += share
    label = ", ".join(f"{part.name} {count(part.number)}" for part in parts)
    return _stretched(26, label, drawn)


def draw_share(share: float, style: str) -> Markup:
    """One bar of the given length, 1 being the full width."""
    width = 1000 * min(max(share, 0.0), 1.0)
    bar = element("rect", x=0, y=0, width=width, height=10, class_=style)
    return _stretched(10, percent(share), [bar])


def _stretched(height: float, label: str, parts: Sequence[Markup]) -> Markup:
    """A drawing that takes the width it is given; it may hold no text and no circle."""
    return element(
        "svg",
        *parts,
        viewBox=f"0 0 1000 {height:g}",
        preserveAspectRatio="none",
        height=height,
        role="img",
        aria_label=label,
        class_="bar",
    )
