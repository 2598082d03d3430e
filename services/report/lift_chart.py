"""pass@1 before and after training, one row for each domain."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from services.report.formats import percent, points
from services.report.svg import Scale, element, line, picture, text

WIDTH, ROW, TOP = 970.0, 27.0, 10.0
LEFT, RIGHT = 130.0, 880.0


@dataclass(frozen=True, slots=True)
class Change:
    """pass@1 of one group of prompts; None where no draw came back."""

    name: str
    before: float | None
    after: float | None
    overall: bool = False

    @property
    def difference(self) -> float | None:
        """After minus before."""
        return None if self.before is None or self.after is None else self.after - self.before


def draw_lift(changes: Sequence[Change]) -> Markup:
    """An open dot for before, a full one for after, and the difference in points."""
    bottom = TOP + ROW * len(changes)
    x = Scale(0.0, 1.0, LEFT, RIGHT)
    parts = list(_grid(x, bottom))
    for index, change in enumerate(changes):
        parts += _row(x, TOP + ROW * (index + 0.5), change)
    return picture(WIDTH, bottom + 26, "pass@1 before and after training", parts)


def _grid(x: Scale, bottom: float) -> Iterator[Markup]:
    for quarter in range(5):
        place = x(quarter / 4)
        yield line(place, TOP, place, bottom, "grid")
        yield text(place, bottom + 17, percent(quarter / 4, 0), "tick", "middle")


def _row(x: Scale, y: float, change: Change) -> Iterator[Markup]:
    strong = " strong" if change.overall else ""
    yield text(LEFT - 12, y + 4, change.name, f"label{strong}", "end")
    yield text(WIDTH - 4, y + 4, points(change.difference), f"value{strong}", "end")
    before, after = change.before, change.after
    if before is not None and after is not None:
        style = "rise" if after >= before else "fall"
        yield line(x(before), y, x(after), y, f"change {style}")
    if before is not None:
        title = element("title", f"{change.name}, before: {percent(before)}")
        yield element("circle", title, cx=x(before), cy=y, r=5, class_="before")
    if after is not None:
        title = element("title", f"{change.name}, after: {percent(after)}")
        yield element("circle", title, cx=x(after), cy=y, r=5 + bool(strong), class_="after")
