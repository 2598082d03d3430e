"""The twelve families, and the prompt that asks a model for a new instruction of one of them."""

from generation.verifiable.arithmetic import ADD, COMPARE, MULTIPLY, SUBTRACT
from generation.verifiable.extraction import JSON
from generation.verifiable.lists import COUNT, REVERSE, SORT
from generation.verifiable.moments import CLOCK, WEEKDAY
from generation.verifiable.stories import TWO_STEP, UNITS
from generation.verifiable.task import Family

FAMILIES: dict[str, Family] = {
    family.name: family
    for family in (
        ADD,
        SUBTRACT,
        MULTIPLY,
        TWO_STEP,
        UNITS,
        SORT,
        REVERSE,
        COUNT,
        CLOCK,
        WEEKDAY,
        JSON,
        COMPARE,
    )
}


def instruction_prompt(family: str) -> str:
    """The user message that asks for one new instruction; the reply is the bare instruction."""
    return f"Write one new task about {FAMILIES[family].subject}."
