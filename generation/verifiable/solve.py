"""The inverse of the generator: read an instruction's text, know what it asks, compute the answer.

Every phrasing becomes one regular expression, so an instruction that a model wrote itself gets
a verifier as soon as it is worded in a way that the generator could have used.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from string import Formatter

from generation.verifiable.families import FAMILIES
from generation.verifiable.task import Family, Parameters, Worked


@dataclass(frozen=True, slots=True)
class Solved:
    """What an instruction asks, and the right answer to it."""

    family: str
    parameters: Parameters
    worked: Worked

    @property
    def answer(self) -> str:
        """The reference answer."""
        return self.worked.answer


@dataclass(frozen=True, slots=True)
class _Reader:
    family: Family
    variant: str
    pattern: re.Pattern[str]


def solve(text: str) -> Solved | None:
    """Solve an instruction; None for a text that no family would have written or that is absurd."""
    stripped = text.strip()
    for reader in _readers():
        match = reader.pattern.fullmatch(stripped)
        if match:
            return _solve_match(reader, match)
    return None


def _solve_match(reader: _Reader, match: re.Match[str]) -> Solved | None:
    parameters = (reader.variant, *(match[slot] for slot in reader.family.slots))
    try:
        worked = reader.family.work(parameters)
    except ValueError:  # well worded but senseless: the 25th hour, a field that is not there
        return None
    return Solved(reader.family.name, parameters, worked)


@cache
def _readers() -> tuple[_Reader, ...]:
    return tuple(
        _Reader(family, variant, re.compile(_pattern(family, phrasing)))
        for family in FAMILIES.values()
        for variant, phrasings in family.phrasings.items()
        for phrasing in phrasings
    )


def _pattern(family: Family, phrasing: str) -> str:
    return "".join(_pattern_parts(family, phrasing))


def _pattern_parts(family: Family, phrasing: str) -> Iterator[str]:
    seen: set[str] = set()
    for literal, slot, _, _ in Formatter().parse(phrasing):
        yield re.escape(literal)
        if slot is None:
            continue
        options = family.slots.get(slot) or "|".join(family.fillers[slot])
        yield f"(?P={slot})" if slot in seen else f"(?P<{slot}>{options})"
        seen.add(slot)
