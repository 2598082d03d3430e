"""People as points: how often each is right, against how much each has answered."""

from collections.abc import Iterator
from math import floor, log10

from markupsafe import Markup

from judging.people.survey import Person, Survey
from services.report.legible import legible
from services.report.svg import Scale, element, line, text

WIDTH, HEIGHT = 640.0, 400.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 616.0, 36.0, 344.0
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #333; }
.grid { stroke: #e4e4e4; } .pool { stroke: #2f6db3; stroke-dasharray: 4 4; }
.range { stroke: #9db7d5; } .person { fill: #2f6db3; } .suspect { fill: #c4432b; }
"""


def draw_people(found: Survey) -> str:
    """A drawing of its own (SVG): points with 95 % intervals, suspects in red, names on hover."""
    most = max((person.answers for person in found.people), default=1)
    x = Scale(0.0, max(log10(most), 1.0), LEFT, RIGHT)
    lowest = min((person.accuracy_interval.low for person in found.people), default=0.0)
    y = Scale(floor(10 * min(lowest, 0.9)) / 10, 1.0, BOTTOM, TOP)
    parts = [
        element("style", Markup(STYLE)),  # our own text, not to be escaped
        *_grid(x, y),
        *_pool(y, found.pool_accuracy),
        *(part for person in found.people for part in _point(x, y, person)),
    ]
    label = f"Accuracy of {len(found.people)} people against the number of their answers"
    box = f"0 0 {WIDTH:g} {HEIGHT:g}"
    space = "http://www.w3.org/2000/svg"
    return str(element("svg", *parts, xmlns=space, viewBox=box, role="img", aria_label=label))


def _grid(x: Scale, y: Scale) -> Iterator[Markup]:
    for tenth in range(round(y.low * 10), 11):
        height = y(tenth / 10)
        yield line(LEFT, height, RIGHT, height, "grid")
        yield text(LEFT - 8, height + 4, f"{10 * tenth} %", "tick", "end")
    for power in range(floor(x.high) + 1):
        yield line(x(power), TOP, x(power), BOTTOM, "grid")
        yield text(x(power), BOTTOM + 18, f"{10**power:,}", "tick", "middle")
    yield text((LEFT + RIGHT) / 2, BOTTOM + 40, "answers", "tick", "middle")
    yield text(LEFT, TOP - 16, "estimated accuracy, with 95 % intervals", "tick")


def _pool(y: Scale, accuracy: float) -> Iterator[Markup]:
    yield line(LEFT, y(accuracy), RIGHT, y(accuracy), "pool")
    yield text(RIGHT, y(accuracy) - 6, f"pool {100 * accuracy:.1f} %", "tick", "end")


def _point(x: Scale, y: Scale, person: Person) -> Iterator[Markup]:
    place, interval = x(log10(max(person.answers, 1))), person.accuracy_interval
    yield line(place, y(interval.low), place, y(interval.high), "range")
    told = f"{legible(person.name, 80)}: {100 * person.accuracy:.1f} % of {person.answers} answers"
    reasons = f" ({', '.join(person.suspicion)})" if person.suspicion else ""
    style = "suspect" if person.suspicion else "person"
    title = element("title", told + reasons)
    yield element("circle", title, cx=place, cy=y(person.accuracy), r=4, class_=style)
