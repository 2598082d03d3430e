"""On-policy pairs: the lab's own model answers several times, and its best meets its worst.

Tulu 3 (Lambert et al. 2024, arXiv 2411.15124, section 5.2) compares answers of the model in
training with those of others; so some prompts can have an answer of another model among them. A
program decides where the row has a reference, else a judge compares all pairs in both orders
(Tulu 3 has GPT-4o rate each answer). The writer is the lab's model: `draws` holds its revision
under the keys in a completion's `provenance.requests`.
"""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from generation.flow.item import Drop, Item
from generation.flow.recipe import Terms, recipe
from generation.ingredients.answers import check, draw_whole
from generation.ingredients.lineage import traced
from generation.ingredients.pairs import prefer, prefer_likelier
from generation.ingredients.tournament import hold_tournament
from generation.recipes.complete import read_instruction
from ingot.errors import OrderError
from ingot.records import Completion, Instruction, JudgeKind, Preference, Record


class OnPolicy(Terms):
    """How the lab's model is sampled, how often it meets another one, and what counts as a tie."""

    samples: int = Field(default=2, ge=2, le=8)
    temperatures: tuple[Annotated[float, Field(ge=0, le=5)], ...] = ()
    """Used in turn by the samples; empty means the order's."""
    off_policy_share: float = Field(default=0.0, ge=0, le=1)
    """Share of the prompts that a random model in role 'committee' answers too."""
    min_margin: float = Field(default=0.2, ge=0, le=1)
    """Least difference of the two answers' probabilities of being the better one. Ours."""


@recipe(
    source="Lambert et al. 2024, Tulu 3, section 5.2 (arXiv 2411.15124)",
    makes=(Instruction, Completion, Preference),
    requests="`samples`, 1 more off policy; without a reference, 2 to the judge for each two",
    needs=("prompts",),
)
async def on_policy(item: Item, terms: OnPolicy) -> list[Record]:
    """Pairs of answers by the lab's own model, judged or verified."""
    known = read_instruction(item)
    answers = await _answer(item, known, terms)
    if len({answer.text for answer in answers}) < 2:
        raise Drop("same_text" if len(answers) > 1 else "too_few_answers")
    rights = await check(item, known, [answer.text for answer in answers])
    if True in rights and False in rights:
        right, wrong = answers[rights.index(True)], answers[rights.index(False)]
        pair = prefer(
            item, known, right, wrong, source=JudgeKind.VERIFIER, confidence=1.0, margin=1.0
        )
    elif None not in rights:
        raise Drop("all_right" if rights[0] else "all_wrong")
    else:
        pair = await _judged(item, known, answers, terms.min_margin)
    used = [answer for answer in answers if answer.id in (pair.chosen_id, pair.rejected_id)]
    return [*([] if "id" in item.row else [known]), *used, pair]


async def _answer(item: Item, known: Instruction, terms: OnPolicy) -> list[Completion]:
    """The lab's answers first, then perhaps another model's; sample is the place."""
    base, opponent = item.run.sampling, _opponent(item, terms.off_policy_share)
    temperatures = terms.temperatures or (base.temperature,)
    asks = [
        item.ask(
            known.messages,
            step="answer",
            sample=sample,
            sampling=base.model_copy(
                update={"temperature": temperatures[sample % len(temperatures)]}
            ),
        )
        for sample in range(terms.samples)
    ]
    if opponent:
        asks.append(item.ask(known.messages, role=opponent, step="answer"))
    return [
        traced(item.completion(known, answer, sample), item, answer)
        for sample, answer in enumerate(await draw_whole(asks))
        if answer is not None
    ]


def _opponent(item: Item, share: float) -> str:
    """The other model that answers this prompt too, '' for none."""
    if not share:
        return ""
    if not (others := item.members()):
        raise OrderError(
            "recipe 'on_policy' has an off_policy_share but no model in role 'committee': "
            "name one, or leave the share out",
            "generation.roles",
        )
    rng = item.rng
    return rng.choice(others) if rng.random() < share else ""


async def _judged(
    item: Item, known: Instruction, answers: Sequence[Completion], min_margin: float
) -> Preference:
    """The winner of all comparisons against the loser of all."""
    if known.verifier and known.reference and not item.members("judge"):
        raise Drop("undecided")
    held = await hold_tournament(item, known.messages, [answer.text for answer in answers])
    if not held.verdicts:
        raise Drop("undecided")
    best, *_, worst = held.ranking()
    verdict = held.between(best, worst)
    if verdict is None or verdict.p_first <= 0.5:
        raise Drop("tie")
    pair = prefer_likelier(item, known, answers[best], answers[worst], verdict, min_margin)
    if pair is None:
        raise Drop("tie")
    return pair
