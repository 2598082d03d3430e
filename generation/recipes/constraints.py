"""Instructions with constraints that a program can check, in the manner of IFEval.

Zhou et al. 2023 (arXiv 2311.07911), section 2: a base prompt and 1 to 3 of 25 kinds of verifiable
instructions. There a model rephrases the whole; here our own sentences say the constraints, so that
what is asked is what is checked. The instruction costs no request.
"""

from collections.abc import Sequence
from typing import Self

import orjson
from pydantic import Field, field_validator, model_validator

from generation.flow.item import Drop, Item, Row
from generation.flow.recipe import Terms, recipe
from generation.ingredients.checked_answers import draw_checked, judgment_of, preferences_of
from generation.ingredients.constraint_words import WORDINGS, Drawn, draw_constraints
from ingot.records import Completion, Instruction, Judgment, Preference, Record

TOPICS = (
    "why bread rises", "how to prepare for a first job interview",
    "the life of a lighthouse keeper", "what to pack for a week in the mountains",
    "how a bill becomes a law", "the difference between weather and climate",
    "a good way to learn a language",
    "how to look after an old bicycle", "what makes a team work well", "the history of the pencil",
    "how vaccines work", "planning a birthday on a small budget", "why we sleep",
    "how to explain fractions to a child", "life in a medieval town", "how to compost at home",
    "what a central bank does", "what makes a restaurant good", "how ships stay afloat",
    "moving to a big city alone",
)  # fmt: skip
FORMS = (
    "Write a blog post about {topic}.",
    "Write an encyclopedia article about {topic}.",
    "Write a letter to a friend about {topic}.",
    "Write an answer on a help page about {topic}.",
    "Write the text of a short talk about {topic}.",
)


class Constraints(Terms):
    """How many constraints are put on a prompt, which ones, and whether answers are drawn."""

    least: int = Field(default=1, ge=1, le=10)
    most: int = Field(default=3, ge=1, le=10)
    """1 to 3 as in section 2."""
    names: tuple[str, ...] = ()
    """The kinds to draw from; empty means all."""
    samples: int = Field(default=0, ge=0, le=64)
    """Answers drawn to each instruction, with judgments, and pairs of kept over broken."""

    @field_validator("names")
    @classmethod
    def _known(cls, names: Sequence[str]) -> Sequence[str]:
        for name in names:
            if name not in WORDINGS:
                raise ValueError(f"unknown constraint {name!r}: choose from {', '.join(WORDINGS)}")
        return names

    @model_validator(mode="after")
    def _least_below_most(self) -> Self:
        if self.least > self.most:
            raise ValueError("least cannot exceed most: exchange them")
        return self


@recipe(
    source="Zhou et al. 2023, IFEval, section 2 (arXiv 2311.07911)",
    makes=(Instruction, Completion, Judgment, Preference),
    requests="`samples`",
    needs=("verifier",),
    pool="base prompts, column 'prompt'; a hundred of ours where none are given",
)
async def constraints(item: Item, terms: Constraints) -> list[Record]:
    """Instructions with constraints that a program checks, and pairs of kept over broken."""
    rng = item.rng
    base = _base(item.index, item.pool)
    count = rng.randint(terms.least, terms.most)
    drawn = draw_constraints(count, terms.names or tuple(WORDINGS), rng)
    if len(drawn) < terms.least:
        raise Drop("not_together")
    asked = item.instruction(
        "\n".join([base, "", *(each.sentence for each in drawn)]),
        domain="constraints",
        verifier="constraints",
        reference=_reference(drawn),
    )
    if not terms.samples:
        return [asked]
    answers = await draw_checked(item, asked, terms.samples)
    records: list[Record] = [asked, *(each.completion for each in answers)]
    records += [judgment_of(asked, each) for each in answers]
    return records + preferences_of(asked, answers)


def _base(index: int, pool: Sequence[Row]) -> str:
    """The pool's prompts in turn; else our topics in turn, in another form each time round."""
    if not pool:
        form = FORMS[(index + index // len(TOPICS)) % len(FORMS)]
        return form.format(topic=TOPICS[index % len(TOPICS)])
    given = pool[index % len(pool)].get("prompt")
    if not isinstance(given, str) or not given.strip():
        raise Drop("no_prompt")
    return given.strip()


def _reference(drawn: Sequence[Drawn]) -> str:
    return orjson.dumps([{"name": each.name} | each.parameters for each in drawn]).decode()
