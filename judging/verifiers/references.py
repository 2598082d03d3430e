"""References that are JSON with options, and the part of a completion they speak of."""

import json
from fractions import Fraction
from typing import Any

from judging.verifiers.finals import extract_final

MAX_REFERENCE_CHARS = 1_000_000
MAX_TEXT_CHARS = 1_000_000
MAX_DEPTH = 100
MAX_NUMBER_CHARS = 300
MAX_EXPONENT = 400


class UnusableReferenceError(ValueError):
    """A reference that no verifier can use; the message says why."""


def load_json(text: str, *, exact: bool = False) -> Any:
    """JSON without NaN, of at most `MAX_DEPTH` levels; numbers become fractions where exact.

    Raises:
        ValueError: for anything else.
    """
    if len(text) > MAX_TEXT_CHARS:
        raise ValueError("too long")
    numbers: dict[str, Any] = {"parse_int": _fraction, "parse_float": _fraction} if exact else {}
    try:
        data = json.loads(text, parse_constant=_refuse, **numbers)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if depth_of(data) > MAX_DEPTH:
        raise ValueError("nested too deeply")
    return data


def depth_of(data: Any) -> int:
    """Levels of lists and objects, counted without recursion."""
    depth, level = 0, [data]
    while level := [item for item in level if isinstance(item, dict | list)]:
        depth += 1
        level = [
            part for item in level for part in (item.values() if isinstance(item, dict) else item)
        ]
    return depth


def read_options(
    reference: str, main: str, allowed: set[str], *, exact: bool = False
) -> dict[str, Any]:
    """The options of a reference; a text that is no JSON object is the main option itself.

    Raises:
        UnusableReferenceError: for an unknown option or none at all.
    """
    if not reference.strip() or len(reference) > MAX_REFERENCE_CHARS:
        raise UnusableReferenceError("empty or too long")
    try:
        data = load_json(reference, exact=exact)
    except ValueError:
        return {main: reference}
    if not isinstance(data, dict):
        return {main: reference}
    if unknown := data.keys() - allowed - {main, "of"}:
        raise UnusableReferenceError(f"unknown option {min(unknown)!r}")
    if main not in data:
        raise UnusableReferenceError(f"no {main!r}")
    if data.get("of", "text") not in ("text", "final"):
        raise UnusableReferenceError("'of' is neither 'text' nor 'final'")
    return data


def choose_part(text: str, of: str) -> str | None:
    """The whole text, or its final answer; None where there is no final."""
    if of == "text":
        return text if len(text) <= MAX_TEXT_CHARS else None
    final = extract_final(text)
    return final.text if final else None


def _fraction(text: str) -> Fraction:
    _, _, exponent = text.lower().partition("e")
    if len(text) > MAX_NUMBER_CHARS or abs(int(exponent or 0)) > MAX_EXPONENT:
        raise ValueError("a number out of range")
    return Fraction(text)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")
