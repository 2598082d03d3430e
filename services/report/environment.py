"""The templates of all reports, with the words that they share."""

from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from services.report import formats


def open_templates(*drawings: Callable[..., Markup]) -> Environment:
    """Templates that may use these drawings by name.

    Autoescape is on: nothing in a page comes from us alone.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    shown = (formats.count, formats.percent, formats.points, formats.seconds, formats.words)
    environment.filters |= {form.__name__: form for form in shown}
    environment.globals |= {drawing.__name__: drawing for drawing in drawings}
    return environment
