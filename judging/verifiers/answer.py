"""The answer verifier: is the final answer of a completion the reference?

Right and wrong are said only of what could be read on both sides. Everything else is unsure: a
missing answer, a text where a number is asked, units that may hide a conversion. Unsure goes to a
judge or a person, so it costs money; a guess would cost trust.
"""

import json
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from judging.verifiers.finals import MAX_FINAL_CHARS, Final, extract_final
from judging.verifiers.numbers import Quantity, parse_quantity

Outcome = Literal["right", "wrong", "unsure"]

# fmt: off
CONVERTIBLE_UNITS = frozenset((
    "s", "sec", "second", "min", "minute", "h", "hr", "hour", "day", "week", "month", "year",
    "mm", "cm", "m", "km", "inch", "foot", "feet", "yard", "mile",
    "mg", "g", "kg", "ounce", "lb", "ml", "l", "litre", "liter", "gallon", "cent",
))
# fmt: on
"""With one of these, another number than the reference's may be the same quantity."""
CENTESIMAL_UNITS = frozenset(("percent", "dollar", "euro", "pound"))
"""With one of these, a number 100 times larger or smaller may be the same quantity."""

MAX_JSON_BRACKETS = 200
"""Deeper nesting than the interpreter compares is possible only with more of them."""

_SEPARATOR = re.compile(r"\s*[,;]\s*(?:and\s+)?|\s+and\s+")
_NOT_A_WORD = re.compile(r"\W+")
_RUNS = re.compile(r"[0-9]{1,400}")


@dataclass(frozen=True, slots=True)
class Check:
    """What the verifier says of one completion, and why."""

    outcome: Outcome
    reason: str
    final: str = ""
    """The final answer that was read; '' where none was."""


def check_answer(text: str, reference: str) -> Check:
    """Compare a completion with the reference; never raises, whatever the texts."""
    marked = extract_final(reference) if "####" in reference else None
    expected = marked.text if marked else reference.strip()
    if not expected or len(expected) > MAX_FINAL_CHARS:
        return Check("unsure", "no usable reference")
    final = extract_final(text)
    if final is None:
        return Check("unsure", "no final answer found")
    outcome, reason = _compare(final, expected)
    return Check(outcome, reason, final.text)


def canonical_answer(final: str) -> str:
    """One spelling for all spellings of an answer, to group completions that say the same."""
    if (data := _load_json(final)) is not None:
        return json.dumps(data, sort_keys=True, default=str)
    if (quantity := parse_quantity(final)) is not None:
        return str(quantity.value)
    items = _split(final)
    return ", ".join(map(canonical_answer, items)) if len(items) > 1 else _normalise(final)


def _compare(final: Final, expected: str) -> tuple[Outcome, str]:
    """By the kind of the reference: JSON, number, list, else text."""
    if (data := _load_json(expected)) is not None:
        return _compare_json(final.text, data)
    if (quantity := parse_quantity(expected)) is not None:
        return _compare_quantity(final.text, quantity)
    if len(items := _split(expected)) > 1:
        return _compare_list(final, items)
    return _compare_text(final, expected)


def _compare_quantity(text: str, expected: Quantity) -> tuple[Outcome, str]:
    found = parse_quantity(text)
    if found is None:
        return "unsure", "the answer is not a number"
    one_sided = bool(found.unit) != bool(expected.unit)
    if found.unit != expected.unit and not one_sided:
        return "unsure", f"units differ: {found.unit} and {expected.unit}"
    if found.value == expected.value:
        return "right", "equal numbers"
    unit = found.unit or expected.unit
    if one_sided and (unit in CONVERTIBLE_UNITS or _is_centesimal(found, expected)):
        return "unsure", f"{unit} is given on one side only"
    return "wrong", "different numbers"


def _is_centesimal(found: Quantity, expected: Quantity) -> bool:
    """Whether 40 % and 0.4, or $5 and 500, may be meant as one."""
    hundredfold = expected.value in (found.value * 100, found.value / 100)
    return hundredfold and not CENTESIMAL_UNITS.isdisjoint((found.unit, expected.unit))


def _compare_list(final: Final, expected: list[str]) -> tuple[Outcome, str]:
    items = _split(final.text)
    separated = len(items) > 1
    if not separated and all(" " not in item for item in expected):
        items = items[0].split()
    if len(items) != len(expected):
        return ("wrong", "another number of items") if separated else ("unsure", "not a list")
    pairs = zip(items, expected, strict=True)
    outcomes = {_compare(Final(item, final.mark), other)[0] for item, other in pairs}
    if "wrong" in outcomes:
        return "wrong", "an item differs"
    if "unsure" in outcomes:
        return "unsure", "an item cannot be read"
    return "right", "equal lists"


def _split(text: str) -> list[str]:
    """The items of a list without its brackets; empty items vanish, but a text is one item."""
    return [item for item in _SEPARATOR.split(text.strip("[](){} ")) if item] or [text]


def _compare_json(text: str, expected: Any) -> tuple[Outcome, str]:
    found = _load_json(text)
    if found is None:
        return "unsure", "the answer is not JSON"
    return ("right", "equal JSON") if found == expected else ("wrong", "different JSON")


def _load_json(text: str) -> Any:
    """A JSON object or array; None for anything else, and for what is too deep to compare."""
    if text[:1] not in ("{", "[") or max(text.count("["), text.count("{")) > MAX_JSON_BRACKETS:
        return None
    try:
        return json.loads(
            text,
            parse_int=_json_number,
            parse_float=_json_number,
            parse_constant=_json_number,
        )
    except ValueError:
        return None


def _json_number(text: str) -> tuple[str, Fraction]:
    """A number as a pair that no other JSON value equals, so that true is not 1."""
    quantity = parse_quantity(text)
    if quantity is None:
        raise ValueError(f"number out of range: {text[:20]}")
    return "number", quantity.value


def _compare_text(final: Final, expected: str) -> tuple[Outcome, str]:
    found, wanted = _normalise(final.text), _normalise(expected)
    if found == wanted:
        return "right", "equal texts"
    if not found or final.mark == "stated":
        return "unsure", "texts differ and the answer is not marked"
    if _words(wanted) in _words(found) or _words(found) in _words(wanted):
        return "unsure", "one text contains the other"
    if _RUNS.search(wanted) and _RUNS.sub("0", found) != _RUNS.sub("0", wanted):
        return "unsure", "texts with numbers of another form"  # 14:35 and 2:35 pm
    return "wrong", "different texts"


def _words(text: str) -> str:
    return f" {_NOT_A_WORD.sub(' ', text).strip()} "


def _normalise(text: str) -> str:
    """Case, spacing, outer punctuation and leading zeros are no difference."""
    text = " ".join(text.casefold().split()).strip(".,;:!?\"'`*()")
    return _RUNS.sub(lambda run: run[0].lstrip("0") or "0", text)
