"""Word problems told by the model, whose numbers a program drew and whose answers it computed.

After GSM-Symbolic (Mirzadeh et al. 2024, arXiv 2410.05229, section 3.1): templates with variables,
and many instances of each by other numbers. There the templates come from GSM8K by hand; here a
program draws a skeleton, the model tells it as a story, and the story is kept only where it holds
the skeleton's numbers and no other. More numbers (`variants`) then cost no request.
"""

import asyncio
import re
from collections.abc import Sequence
from fractions import Fraction
from random import Random
from typing import Self

from pydantic import Field, field_validator, model_validator

from generation.flow.item import Drop, Item, Row
from generation.flow.recipe import Terms, recipe
from generation.ingredients.checked_answers import ANSWER_LINE, draw_checked, judgment_of
from generation.ingredients.lineage import traced
from generation.ingredients.math_skeletons import KINDS, Skeleton, draw_skeleton
from ingot.engine import Generated
from ingot.records import Completion, Instruction, Judgment, Record, Sampling

SAMPLING = Sampling(temperature=0.9, top_p=0.95, max_tokens=300)
PROMPT = """Write a short word problem in mathematics.
- Use every fact below. You may give things and people other names, so that they fit the setting.
- Write the numbers of the facts in digits. Add no other numbers, neither in digits nor in words.
- Do not solve it. Finish with the question.
- Write nothing but the problem.

Setting: {setting}
Facts:
{facts}
Asked is: {asked}"""
SETTINGS = (
    "a bakery", "a school fair", "a repair shop for bicycles", "a farm", "a harbour",
    "a library", "a film set", "a laboratory", "a mountain hut", "a print shop", "a zoo",
    "a music festival", "a small factory", "a hospital kitchen", "a space station",
    "a chess club", "a market hall", "a flower shop", "a ferry line", "an animal shelter",
)  # fmt: skip
WORDS = range(8, 151)
NUMBERS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
NUMBER_WORDS = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty"
    r"|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|dozen|half|halves|twice|thrice"
    r"|double[ds]?|triple[ds]?|quarters?)\b",
    re.IGNORECASE,
)
"""Not 'one' and 'second', which mostly count nothing."""


class VerifiableMath(Terms):
    """Which kinds of problems, how many of each text, and whether they are solved."""

    kinds: tuple[str, ...] = ()
    """Empty means all."""
    variants: int = Field(default=1, ge=1, le=50)
    """Problems of one text with other numbers; GSM-Symbolic makes 50 of each (section 3.2)."""
    solutions: int = Field(default=0, ge=0, le=64)
    """Answers drawn to each problem, with the verifier's judgment."""
    min_right: int = Field(default=0, ge=0, le=64)
    """Of its solutions so many must be right, or the story may not say what the skeleton says."""

    @field_validator("kinds")
    @classmethod
    def _known(cls, names: Sequence[str]) -> Sequence[str]:
        for name in names:
            if name not in KINDS:
                raise ValueError(f"unknown kind {name!r}: choose from {', '.join(KINDS)}")
        return names

    @model_validator(mode="after")
    def _right_among_solutions(self) -> Self:
        if self.min_right > self.solutions:
            raise ValueError("min_right cannot exceed solutions: ask for more solutions")
        return self


@recipe(
    source="Mirzadeh et al. 2024, GSM-Symbolic, section 3.1 (arXiv 2410.05229)",
    makes=(Instruction, Completion, Judgment),
    requests="1 + `variants` x `solutions`",
    needs=("verifier",),
    pool="settings of the stories, column 'topic'; twenty of ours where none are given",
)
async def verifiable_math(item: Item, terms: VerifiableMath) -> list[Record]:
    """Mathematical word problems with varied numbers and answers that a program computed."""
    kinds, rng = terms.kinds or tuple(KINDS), item.rng
    kind = kinds[item.index % len(kinds)]
    told = draw_skeleton(kind, rng)
    prompt = PROMPT.format(
        setting=_setting(rng, item.pool),
        facts="\n".join(f"- {fact}" for fact in told.facts),
        asked=told.asked,
    )
    said = await item.ask(prompt, step="write", sampling=SAMPLING)
    story = read_story(said, told)
    others = [draw_skeleton(kind, rng) for _ in range(terms.variants - 1)]
    problems = [_problem(item, said, retell(story, told, other)) for other in [told, *others]]
    distinct = list({problem.id: problem for problem in problems}.values())
    if not terms.solutions:
        return list(distinct)
    return await _solve(item, terms, distinct)


def _setting(rng: Random, pool: Sequence[Row]) -> str:
    return str(rng.choice(pool).get("topic", "") if pool else "") or rng.choice(SETTINGS)


def read_story(said: Generated, told: Skeleton) -> str:
    """The text, where it asks something and holds the skeleton's numbers and no other."""
    text = said.text.strip()
    if said.finish_reason == "length":
        raise Drop("cut_off")
    if len(text.split()) not in WORDS:
        raise Drop("length")
    if not text.endswith(("?", '?"', "?”", "?'")):
        raise Drop("no_question")
    found = {_value(number) for number in NUMBERS.findall(text)}
    if found - set(told.numbers) or NUMBER_WORDS.search(text):
        raise Drop("foreign_number")
    if found != set(told.numbers):
        raise Drop("missing_number")
    return text


def _value(number: str) -> Fraction:
    return Fraction(number.replace(",", ""))


def retell(story: str, told: Skeleton, other: Skeleton) -> tuple[str, Skeleton]:
    """The story with the other skeleton's numbers in place of its own."""
    new = dict(zip(told.numbers, other.numbers, strict=True))
    return NUMBERS.sub(lambda match: str(new[int(_value(match[0]))]), story), other


def _problem(item: Item, said: Generated, retold: tuple[str, Skeleton]) -> Instruction:
    story, skeleton = retold
    problem = item.instruction(
        f"{story}\n{ANSWER_LINE}",
        domain=f"math/{skeleton.kind}",
        verifier="answer",
        reference=skeleton.reference,
    )
    return traced(problem, item, said)


async def _solve(
    item: Item, terms: VerifiableMath, problems: Sequence[Instruction]
) -> list[Record]:
    """Each problem with its difficulty (share of wrong solutions), solutions and judgments."""
    records: list[Record] = []
    drawn = await asyncio.gather(*(draw_checked(item, each, terms.solutions) for each in problems))
    for problem, solutions in zip(problems, drawn, strict=True):
        told = [each.right for each in solutions if each.right is not None]
        if sum(told) < terms.min_right:
            continue
        difficulty = 1 - sum(told) / len(told) if told else None
        records.append(problem.model_copy(update={"difficulty": difficulty}))
        records += [each.completion for each in solutions]
        records += [judgment_of(problem, each) for each in solutions]
    if not records:
        raise Drop("unsolved")
    return records
