"""Numbers as people write them: 1,000.00, $5, 40 %, 3/4, 1 1/2, 12 km, 1.2e3."""

import re
from dataclasses import dataclass
from fractions import Fraction

MAX_EXPONENT = 1_000
"""Beyond it a number is refused: 1e999999999 would fill the memory when written out."""
MAX_DIGITS = 1_000

_DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)"
_DECIMAL = rf"(?:{_DIGITS}(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]{{1,9}}(?![A-Za-z]))?"
_QUANTITY = re.compile(
    r"(?:[A-Za-z]\w{0,15} ?= ?|= ?)?"  # x = 12
    r"(?P<sign>[-+]?) ?(?P<currency>[$€£¥]?) ?(?P<inner_sign>-?)"
    rf"(?:(?P<whole>[0-9]{{1,9}}) )?(?P<number>{_DECIMAL})(?: ?/ ?(?P<below>{_DECIMAL}))?"
    r" ?(?P<unit>%|[A-Za-z°µ$€£¥][A-Za-z°µ²³^/ $€£¥]{0,40})?\.?"
)
_FRACTION = re.compile(r"\\[dt]?frac\{([^{}]{1,50})\}\{([^{}]{1,50})\}")
_LATEX = re.compile(r"\\(?:text|mathrm|textbf)\{([^{}]{0,50})\}")
_SIGNS = {"%": "percent", "$": "dollar", "€": "euro", "£": "pound", "¥": "yen"}
# fmt: off
_NOT_A_UNIT = frozenset((
    "or", "and", "to", "if", "because", "not", "minus", "plus", "times", "less", "more", "than",
    "but", "hundred", "thousand", "million", "billion", "trillion", "dozen", "k", "mn", "bn", "x",
))
# fmt: on


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with the unit it was written with, '' without one."""

    value: Fraction
    unit: str


def parse_quantity(text: str) -> Quantity | None:
    """Read a text that is a number and nothing more than a unit beside it; None otherwise."""
    match = _QUANTITY.fullmatch(_plain(text))
    if match is None:
        return None
    unit = normalise_unit(match["unit"] or match["currency"])
    if not _NOT_A_UNIT.isdisjoint(unit.split()) or (match["sign"] and match["inner_sign"]):
        return None
    value = _value(match)
    if value is None:
        return None
    return Quantity(-value if "-" in (match["sign"], match["inner_sign"]) else value, unit)


def _value(match: re.Match[str]) -> Fraction | None:
    if match["whole"] and not match["below"]:
        return None  # "1 000" may be one number or two
    above, below = _decimal(match["number"]), _decimal(match["below"] or "1")
    if above is None or not below:
        return None
    return above / below + int(match["whole"] or 0)


def _decimal(text: str) -> Fraction | None:
    _, _, exponent = text.lower().partition("e")
    if len(text) > MAX_DIGITS or abs(int(exponent or 0)) > MAX_EXPONENT:
        return None
    return Fraction(text.replace(",", ""))


def _plain(text: str) -> str:
    """LaTeX and typographic forms in plain ASCII, spaces single."""
    text = text.replace("−", "-").replace("\\$", "$").replace("\\%", "%").replace("\\!", "")
    text = _LATEX.sub(r" \1", _FRACTION.sub(r"\1/\2", text))
    if len(text) > 2 and text[0] == text[-1] == "$":  # inline mathematics
        text = text[1:-1]
    return " ".join(text.replace("\\,", "").split())


def normalise_unit(unit: str) -> str:
    """Lower case and singular, so that hours and hour agree; signs become their name."""
    for sign, name in _SIGNS.items():
        unit = unit.replace(sign, f" {name} ")
    return " ".join(_singular(word.lower()) for word in unit.split())


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
