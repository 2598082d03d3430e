"""The constraint verifier: does a completion keep all instructions that a program can check?

A reference is a JSON list such as `[{"name": "min_words", "n": 300}, {"name": "no_commas"}]`; the
names and their parameters are those of `constraint_checks.CHECKS`; `{"name": "language",
"language": "hi"}` is known as well and is unsure where the script of the text cannot tell.
"""

import inspect
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from judging.verifiers.answer import Check
from judging.verifiers.constraint_checks import CHECKS
from judging.verifiers.language import is_written_in

MAX_TEXT_CHARS = 1_000_000
MAX_CONSTRAINTS = 100
LANGUAGE = "language"

_NUMBERS = frozenset(("n", "nth", "at_most"))
_LISTS = frozenset(("keywords", "words", "options"))
_OPTIONAL_BOUNDS = frozenset(("capital_words", "keyword_frequency", "letter_frequency"))
"""These take `n`, `at_most` or both; with neither they would ask for nothing."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """One instruction that a program can check."""

    name: str
    parameters: dict[str, Any]

    def __str__(self) -> str:
        values = ", ".join(f"{key}={value!r}" for key, value in self.parameters.items())
        return f"{self.name}({values})"

    def holds(self, text: str) -> bool | None:
        """Whether a text keeps it, None where nobody can tell; an empty text keeps none."""
        if self.name == LANGUAGE and text.strip():
            return is_written_in(text, **self.parameters)
        return bool(text.strip()) and CHECKS[self.name](text, **self.parameters)


def check_constraints(text: str, reference: str) -> Check:
    """Check a completion as it stands; never raises, whatever the texts."""
    return _check(text, reference, lambda constraint: constraint.holds(text))


def check_loose(text: str, reference: str) -> Check:
    """Check as IFEval's loose accuracy does (arXiv 2311.07911).

    A constraint holds if it holds without the first line, the last or both (an introduction, a
    closing word), or with the asterisks of Markdown away.
    """
    variants = list(_variants(text))
    return _check(text, reference, lambda constraint: _holds_loosely(constraint, variants))


def read_constraints(reference: str) -> list[Constraint]:
    """Read a reference.

    Raises:
        ValueError: names the constraint that is unknown or lacks what it needs.
    """
    try:
        data = json.loads(reference)
    except RecursionError as error:
        raise ValueError("the reference is too deep") from error
    if not isinstance(data, list) or not 0 < len(data) <= MAX_CONSTRAINTS:
        raise ValueError(f"the reference is no list of 1 to {MAX_CONSTRAINTS} constraints")
    return [_read_one(item) for item in data]


def _holds_loosely(constraint: Constraint, variants: list[str]) -> bool | None:
    """The best that is said of a variant."""
    said = {constraint.holds(variant) for variant in variants}
    return True if True in said else None if None in said else False


def _check(text: str, reference: str, holds: Callable[[Constraint], bool | None]) -> Check:
    try:
        constraints = read_constraints(reference)
    except ValueError as error:
        return Check("unsure", f"no usable reference: {error}"[:300])
    if len(text) > MAX_TEXT_CHARS:
        return Check("unsure", "the text is too long")
    said = [(constraint, holds(constraint)) for constraint in constraints]
    for constraint, kept in said:
        if kept is False:
            return Check("wrong", f"{constraint} is broken"[:300])
    for constraint, kept in said:
        if kept is None:
            return Check("unsure", f"{constraint} cannot be told"[:300])
    return Check("right", f"all {len(constraints)} constraints hold")


def _variants(text: str) -> Iterator[str]:
    lines = text.split("\n")
    yield text
    yield text.replace("*", "")
    for kept in (lines[1:], lines[:-1], lines[1:-1]):
        variant = "\n".join(kept).strip()
        yield variant
        yield variant.replace("*", "")


def _read_one(item: Any) -> Constraint:
    name = item.get("name") if isinstance(item, dict) else None
    if not isinstance(name, str) or name not in (*CHECKS, LANGUAGE):
        raise ValueError(f"unknown constraint {name!r}")
    parameters = {key: value for key, value in item.items() if key != "name"}
    try:
        inspect.signature(CHECKS.get(name, is_written_in)).bind("", **parameters)
    except TypeError as error:
        raise ValueError(f"{name}: {error}") from error
    for key, value in parameters.items():
        if not _is_valid(key, value):
            raise ValueError(f"{name}: {key} cannot be {value!r}")
    if name in _OPTIONAL_BOUNDS and not {"n", "at_most"} & parameters.keys():
        raise ValueError(f"{name}: n or at_most is missing")
    if name == "letter_frequency" and len(parameters["letter"]) != 1:
        raise ValueError(f"{name}: letter cannot be {parameters['letter']!r}")
    return Constraint(name, parameters)


def _is_valid(key: str, value: Any) -> bool:
    if key in _NUMBERS:
        return type(value) is int and value >= 0
    if key in _LISTS:
        return isinstance(value, list) and bool(value) and all(map(_is_text, value))
    return _is_text(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
