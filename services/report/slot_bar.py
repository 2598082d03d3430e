"""What an engine's slots did, as one bar."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from services.report.formats import percent
from services.report.svg import element

HEIGHT = 26.0


@dataclass(frozen=True, slots=True)
class Use:
    """One use of the slots' time."""

    name: str
    share: float
    style: str
    """Class that gives it its colour."""
    meaning: str


def draw_slots(uses: Sequence[Use]) -> Markup:
    """A bar as wide as all slots' time; names, shares and meanings stand beside it in the page."""
    drawn, start = [], 0.0
    for use in uses:
        width = 1000 * use.share
        title = element("title", f"{use.name}: {percent(use.share)}")
        gap = min(2.0, width / 2)
        drawn.append(
            element("rect", title, x=start, y=0, width=width - gap, height=HEIGHT, class_=use.style)
        )
        start += width
    return element(
        "svg",
        *drawn,
        viewBox=f"0 0 1000 {HEIGHT:g}",
        preserveAspectRatio="none",
        height=HEIGHT,
        role="img",
        aria_label=", ".join(f"{use.name} {percent(use.share)}" for use in uses),
        class_="bar",
    )
