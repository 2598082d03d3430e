"""SVG elements as escaped markup, and the linear scale that places them."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

Attribute = str | float | None


def element(name: str, *children: str, **attributes: Attribute) -> Markup:
    """One element; `class_` and `text_anchor` become `class` and `text-anchor`, None is left out.

    Children that are not Markup, and all attributes, are escaped.
    """
    written = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _value(value))
        for key, value in attributes.items()
        if value is not None
    )
    inside = Markup("").join(escape(child) for child in children)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), written, inside)


def text(x: float, y: float, content: str, style: str, anchor: str = "start") -> Markup:
    """A piece of text; its size and colour come from the style sheet."""
    return element("text", content, x=x, y=y, class_=style, text_anchor=anchor)


def line(x1: float, y1: float, x2: float, y2: float, style: str) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=style)


def picture(width: float, height: float, label: str, parts: Sequence[Markup]) -> Markup:
    """A whole drawing with its description for those who cannot see it."""
    box = f"0 0 {width:g} {height:g}"
    return element("svg", *parts, viewBox=box, role="img", aria_label=label, class_="chart")


def standalone(drawing: Markup, style: str) -> str:
    """A drawing as a file of its own: with its name space and its style inside."""
    opening, _, rest = str(drawing).partition(">")
    space = opening.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return f"{space}><style>{style}</style>{rest}"


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to places."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place of a value; values outside stay at the edge."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def _value(value: Attribute) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, int | float) else str(value)
