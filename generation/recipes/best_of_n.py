"""Best of n, or rejection sampling: several answers, the best one kept, the worst one its opposite.

Llama 3 (Dubey et al. 2024, arXiv 2407.21783, section 4.2.2) draws 10 to 30 answers and keeps what
its reward model likes best. Here a program decides where the row has a reference, else a judge's
expected level from 1 to 9 (G-Eval, arXiv 2303.16634, which has 1 to 5). A prompt that is always or
never solved teaches no preference.
"""

from asyncio import gather
from collections.abc import Sequence
from typing import TypeAlias

from pydantic import Field

from generation.flow.item import Drop, Item
from generation.flow.recipe import Terms, recipe
from generation.ingredients.answers import check, is_whole
from generation.ingredients.lineage import traced
from generation.ingredients.pairs import prefer
from generation.ingredients.verdicts import conversation, grade
from generation.recipes.complete import read_instruction
from ingot.engine import Generated
from ingot.records import Completion, Instruction, JudgeKind, Preference, Record

LEVELS = range(1, 10)
"""One digit each, so one token each."""
GRADE = """\
You grade an answer to a request. 1 is useless or wrong, 5 is fair, 9 could not be better: \
correct, complete, clear and to the point. Reply with a single digit from 1 to 9 and nothing else.

Request:
{request}

Answer:
{answer}

Grade:"""


class BestOfN(Terms):
    """How many answers are drawn, and which pairs are worth having."""

    samples: int = Field(default=8, ge=2, le=128)
    min_margin: float = Field(default=1.0, ge=0, le=8)
    """Least difference of two grades that makes a pair. Ours."""
    pairs_only: bool = False
    """Drop an item that gives no pair, instead of keeping its best answer alone."""


Choice: TypeAlias = tuple[list[Record], str]
"""The chosen answer, and the pair where there is one; why there is none."""


@recipe(
    source="Dubey et al. 2024, Llama 3, section 4.2.2 (arXiv 2407.21783)",
    makes=(Instruction, Completion, Preference),
    requests="`samples`; twice that where a judge decides",
    needs=("prompts",),
)
async def best_of_n(item: Item, terms: BestOfN) -> list[Record]:
    """The best of several answers, and a pair of the best and the worst one."""
    known = read_instruction(item)
    drawn = await item.ask_many(known.messages, terms.samples, step="sample")
    answers = [answer for answer in drawn if is_whole(answer)]
    if not answers:
        raise Drop("no_whole_answer")
    rights = await check(item, known, [answer.text for answer in answers])
    decided = [right for right in rights if right is not None]
    if decided:
        known = known.model_copy(update={"difficulty": 1 - sum(decided) / len(decided)})
        records, lacking = _by_program(item, known, answers, rights)
    elif known.verifier and known.reference and not item.members("judge"):
        raise Drop("undecided")
    else:
        records, lacking = await _by_judge(item, known, answers, terms.min_margin)
    if lacking and terms.pairs_only:
        raise Drop(lacking)
    return records if "id" in item.row else [known, *records]


def _by_program(
    item: Item,
    known: Instruction,
    answers: Sequence[Generated],
    rights: Sequence[bool | None],
) -> Choice:
    """The first right and the first wrong answer: draws of one model differ in nothing else."""
    if True not in rights:
        raise Drop("undecided" if None in rights else "all_wrong")
    best = _completion(item, known, answers, rights.index(True))
    if False not in rights:
        return [best], "all_right"
    worst = _completion(item, known, answers, rights.index(False))
    pair = prefer(item, known, best, worst, source=JudgeKind.VERIFIER, confidence=1.0, margin=1.0)
    return [best, pair], ""


async def _by_judge(
    item: Item, known: Instruction, answers: Sequence[Generated], min_margin: float
) -> Choice:
    request = conversation(known.messages)
    prompts = (GRADE.format(request=request, answer=answer.text.strip()) for answer in answers)
    grades = await gather(
        *(grade(item, prompt, LEVELS, step=f"grade_{n}") for n, prompt in enumerate(prompts))
    )
    graded = {number: each for number, each in enumerate(grades) if each is not None}
    if not graded:
        raise Drop("undecided")
    top = max(graded, key=lambda number: graded[number].mean)
    low = min(graded, key=lambda number: graded[number].mean)
    best, worst = (_completion(item, known, answers, number) for number in (top, low))
    margin = graded[top].mean - graded[low].mean
    if best.text == worst.text:
        return [best], "same_text"
    if margin < min_margin:
        return [best], "small_margin"
    pair = prefer(
        item,
        known,
        best,
        worst,
        source=JudgeKind.JUDGE,
        confidence=graded[top].beats(graded[low]),
        margin=margin,
        judged=(graded[top].answer, graded[low].answer),
    )
    return [best, pair], ""


def _completion(
    item: Item, known: Instruction, answers: Sequence[Generated], number: int
) -> Completion:
    answer = answers[number]
    return traced(item.completion(known, answer, number), item, answer)
