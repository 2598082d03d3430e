"""Texts from outside as a page may show them."""

import re

_STEERING = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and marks that turn the direction of writing."""


def legible(text: str, most_chars: int) -> str:
    """Cut what is long, and show as a mark what would steer the display instead of being shown."""
    shown = text if len(text) <= most_chars else text[:most_chars] + " …"
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", shown)
