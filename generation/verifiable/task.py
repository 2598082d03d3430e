"""The shape of a verifiable task: a family draws parameters, words them and works them out.

A task is its family and its parameters; the wording is only clothing. The first parameter is the
variant ("ascending", "kilometres-metres"), the others fill the slots of the phrasing as text.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

Parameters: TypeAlias = tuple[str, ...]

ANSWER_MARK = "#### "


@dataclass(frozen=True, slots=True)
class Worked:
    """A worked response: the short rationale and the final answer."""

    rationale: str
    answer: str

    @property
    def text(self) -> str:
        """The response as a model writes it: rationale, then the marked answer on the last line."""
        return f"{self.rationale}\n{ANSWER_MARK}{self.answer}"


@dataclass(frozen=True, slots=True)
class Family:
    """One kind of task whose answer a program can compute from the instruction's text alone."""

    name: str
    subject: str
    """What the tasks are about, as words that fit "Write one new task about ..."."""
    phrasings: Mapping[str, tuple[str, ...]]
    """Variant -> wordings with {slots}."""
    slots: Mapping[str, str]
    """Slot -> regular expression of its text, in the order of the parameters after the variant."""
    draw: Callable[[Random], Parameters]
    work: Callable[[Parameters], Worked]
    """Raises ValueError when the parameters make no sense (a 25th hour, a missing field)."""
    fillers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Slots that change the wording but never the answer."""


@dataclass(frozen=True, slots=True)
class Task:
    """An instruction together with what it asks and the right response."""

    family: str
    parameters: Parameters
    text: str
    worked: Worked


def draw_task(family: Family, rng: Random) -> Task:
    """A random task of the family in a random wording."""
    parameters = family.draw(rng)
    phrasing = rng.choice(family.phrasings[parameters[0]])
    values = dict(zip(family.slots, parameters[1:], strict=True))
    values |= {name: rng.choice(options) for name, options in family.fillers.items()}
    return Task(family.name, parameters, phrasing.format_map(values), family.work(parameters))


def final_answer(response: str) -> str | None:
    """The text after the mark on the last line; None where the last line carries no mark."""
    last = response.rstrip().rpartition("\n")[2]
    return last.removeprefix(ANSWER_MARK).strip() if last.startswith(ANSWER_MARK) else None
