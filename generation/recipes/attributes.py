"""Attribute-conditioned answers: as helpful, correct, coherent, complex and long as was drawn.

HelpSteer (Wang et al. 2023, arXiv 2311.09528, section 2) rates answers on five qualities from 0 to
4; SteerLM (Dong et al. 2023, arXiv 2310.05344, section 3) makes a model write to such levels. Here
an instruction-following model writes to drawn levels, a judge estimates each level from its
labels' probabilities, and what misses its target is left out. Two answers of a prompt make a pair
by the weighted sum of their levels.
"""

from asyncio import gather
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import sqrt
from statistics import NormalDist, fmean

from pydantic import Field

from generation.flow.item import Drop, Item
from generation.flow.recipe import Terms, recipe
from generation.ingredients.answers import draw_whole
from generation.ingredients.lineage import traced
from generation.ingredients.pairs import prefer, requests_of
from generation.ingredients.verdicts import Grade, conversation, grade
from generation.recipes.complete import read_instruction
from ingot.records import Completion, Instruction, JudgeKind, Judgment, Preference, Record

LEVELS = range(5)
MEANINGS = {
    "helpfulness": "it does what was asked (0 useless, 4 as useful as can be)",
    "correctness": "its facts and reasoning are right and nothing is missing (0 wrong, 4 right)",
    "coherence": "it is clear, ordered and agrees with itself (0 confused, 4 clear throughout)",
    "complexity": "what it takes to write it (0 a child could, 4 only an expert could)",
    "verbosity": "how long and detailed it is (0 as short as can be, 4 very long)",
}
WEIGHTS = {
    "helpfulness": 0.3,
    "correctness": 0.74,
    "coherence": 0.46,
    "complexity": 0.47,
    "verbosity": -0.33,
}
"""Of the model card of Nemotron-4-340B-Reward, for the same scale."""
_SCALE = "\n".join(f"- {name}: {meaning}" for name, meaning in MEANINGS.items())
WRITE = f"""\
Answer the request below so that your answer has the levels asked for at the end. Levels go from 0 \
to 4:
{_SCALE}
Write only the answer, and nothing about levels.

Request:
{{request}}

Levels: {{levels}}"""
RATE = f"""\
You rate one quality of an answer by a level from 0 to 4:
{_SCALE}
Reply with a single digit and nothing else.

Request:
{{request}}

Answer:
{{answer}}

Level of {{quality}}:"""


class Attributes(Terms):
    """How many answers a prompt gets, and how near its target an answer must be."""

    answers: int = Field(default=2, ge=1, le=8)
    max_gap: float = Field(default=1.0, gt=0, le=4)
    """Greatest mean distance of estimated from drawn levels. Ours."""
    min_margin: float = Field(default=0.5, ge=0)
    """Least difference of two weighted sums that makes a pair; they span 9.2. Ours."""


@dataclass(frozen=True, slots=True)
class _Rated:
    """An answer with what was drawn for it and what it got."""

    completion: Completion
    target: Mapping[str, int]
    grades: Mapping[str, Grade]

    @property
    def gap(self) -> float:
        return fmean(abs(each.mean - self.target[name]) for name, each in self.grades.items())

    @property
    def score(self) -> float:
        return sum(WEIGHTS[name] * each.mean for name, each in self.grades.items())

    @property
    def variance(self) -> float:
        return sum(WEIGHTS[name] ** 2 * each.variance for name, each in self.grades.items())


@recipe(
    source="HelpSteer (arXiv 2311.09528, section 2); SteerLM (arXiv 2310.05344, section 3)",
    makes=(Instruction, Completion, Judgment, Preference),
    requests="6 x `answers`",
    needs=("prompts", "judge"),
)
async def attributes(item: Item, terms: Attributes) -> list[Record]:
    """Answers written to drawn levels of five qualities, each level judged, and pairs of them."""
    known, rng = read_instruction(item), item.rng
    targets = [{name: rng.choice(LEVELS) for name in MEANINGS} for _ in range(terms.answers)]
    request = conversation(known.messages)
    answers = await draw_whole(
        item.ask(WRITE.format(request=request, levels=_shown(target)), step="write", sample=sample)
        for sample, target in enumerate(targets)
    )
    completions = {
        sample: traced(item.completion(known, answer, sample), item, answer)
        for sample, answer in enumerate(answers)
        if answer is not None
    }
    if not completions:
        raise Drop("no_whole_answer")
    rated = await gather(
        *(_rate(item, request, made, targets[sample]) for sample, made in completions.items())
    )
    sure = [each for each in rated if each is not None]
    kept = [each for each in sure if each.gap <= terms.max_gap]
    if not kept:
        raise Drop("far_from_target" if sure else "undecided")
    judgments = [judgment for each in kept for judgment in _judgments(item, each)]
    pairs = _pairs(item, known, kept, terms.min_margin)
    head = [] if "id" in item.row else [known]
    return [*head, *(each.completion for each in kept), *judgments, *pairs]


def _shown(target: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {level}" for name, level in target.items())


async def _rate(
    item: Item, request: str, completion: Completion, target: Mapping[str, int]
) -> _Rated | None:
    """Estimate all levels; None where the judge gives no level for one of them."""
    grades = await gather(
        *(
            grade(
                item,
                RATE.format(request=request, answer=completion.text, quality=name),
                LEVELS,
                step=f"rate_{completion.sample}_{name}",
            )
            for name in MEANINGS
        )
    )
    known = {name: each for name, each in zip(MEANINGS, grades, strict=True) if each is not None}
    return _Rated(completion, target, known) if len(known) == len(MEANINGS) else None


def _judgments(item: Item, rated: _Rated) -> Iterator[Judgment]:
    """One for each quality; the rationale holds the drawn and the expected level."""
    judge = item.model_of("judge")
    for name, each in rated.grades.items():
        origin = {
            "requests": requests_of(item, [each.answer]),
            "model": judge,
            "judge": judge,
            "parents": (rated.completion.instruction_id, rated.completion.id),
        }
        yield Judgment(
            subject_id=rated.completion.id,
            kind=JudgeKind.JUDGE,
            judge=judge,
            criterion=name,
            verdict=str(each.likeliest),
            p=min(each.shares[each.likeliest], 1.0),
            rationale=f"target {rated.target[name]}, expected {each.mean:.2f}",
            cost_tokens=each.answer.prompt_tokens + each.answer.completion_tokens,
            provenance=item.provenance.model_copy(update=origin),
        )


def _pairs(
    item: Item, known: Instruction, kept: Sequence[_Rated], min_margin: float
) -> Iterator[Preference]:
    """Each two answers whose sums are far enough apart."""
    for one, two in combinations(sorted(kept, key=lambda each: -each.score), 2):
        margin = one.score - two.score
        if margin == 0 or margin < min_margin or one.completion.text == two.completion.text:
            continue
        yield prefer(
            item,
            known,
            one.completion,
            two.completion,
            source=JudgeKind.JUDGE,
            confidence=_confidence(margin, one.variance + two.variance),
            margin=margin,
            judged=[each.answer for rated in (one, two) for each in rated.grades.values()],
        )


def _confidence(margin: float, variance: float) -> float:
    """Probability that the difference of the two sums is above 0, taken as normal."""
    return NormalDist().cdf(margin / sqrt(variance)) if variance else 1.0
