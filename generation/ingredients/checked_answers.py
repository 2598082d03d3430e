"""Answers to an instruction with a verifier: drawn, checked, and paired right over wrong."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from generation.flow.item import Item
from generation.ingredients.lineage import traced
from ingot.engine import Generated
from ingot.records import Completion, Instruction, JudgeKind, Judgment, Preference, Provenance

ANSWER_LINE = "Finish with a line of the form 'Answer: ...'."
"""Put under a question, so that the answer verifier finds what is meant."""

_OUTCOMES = {True: "right", False: "wrong", None: "unsure"}


@dataclass(frozen=True, slots=True)
class Checked:
    """A completion and what the verifier says of it."""

    completion: Completion
    right: bool | None
    """None where it cannot tell, as of a text that was cut off."""


async def draw_checked(item: Item, instruction: Instruction, samples: int) -> list[Checked]:
    """Draw answers and check each; empty ones are left out."""
    answers = await draw_answers(item, instruction, samples)
    return list(await asyncio.gather(*(_check(item, instruction, *each) for each in answers)))


async def draw_answers(
    item: Item, instruction: Instruction, samples: int
) -> list[tuple[Completion, Generated]]:
    """Draw answers, empty ones left out; each knows the draw that it comes from."""
    said = await item.ask_many(instruction.messages, samples, step="answer")
    return [
        (traced(item.completion(instruction, each, sample), item, each), each)
        for sample, each in enumerate(said)
        if each.text.strip()
    ]


async def _check(
    item: Item, instruction: Instruction, completion: Completion, said: Generated
) -> Checked:
    if said.finish_reason == "length":
        return Checked(completion, None)
    right = await item.verify(instruction.verifier, completion.text, instruction.reference)
    return Checked(completion, right)


def judgment_of(instruction: Instruction, checked: Checked) -> Judgment:
    """What the verifier says, as a record."""
    completion = checked.completion
    marks = {"judge": instruction.verifier, "parents": (instruction.id, completion.id)}
    return Judgment(
        subject_id=completion.id,
        kind=JudgeKind.VERIFIER,
        judge=instruction.verifier,
        verdict=_OUTCOMES[checked.right],
        p=None if checked.right is None else 1.0,
        provenance=completion.provenance.model_copy(update=marks),
    )


def preferences_of(
    instruction: Instruction, answers: Sequence[Checked], *, confidence: float = 1.0
) -> list[Preference]:
    """Right answers over wrong ones, each text used once."""
    distinct = {each.completion.text: each for each in answers}.values()
    right = [each.completion for each in distinct if each.right is True]
    wrong = [each.completion for each in distinct if each.right is False]
    return [
        Preference(
            prompt=instruction.messages,
            chosen=chosen.messages,
            rejected=rejected.messages,
            domain=instruction.domain,
            source=JudgeKind.VERIFIER,
            confidence=confidence,
            instruction_id=instruction.id,
            chosen_id=chosen.id,
            rejected_id=rejected.id,
            provenance=_origin(instruction, chosen, rejected),
        )
        for chosen, rejected in zip(right, wrong, strict=False)
    ]


def _origin(instruction: Instruction, chosen: Completion, rejected: Completion) -> Provenance:
    """Both answers are by one model on the same terms; only their draws differ."""
    both = {
        "requests": chosen.provenance.requests + rejected.provenance.requests,
        "judge": instruction.verifier,
        "parents": (instruction.id, chosen.id, rejected.id),
    }
    return chosen.provenance.model_copy(update=both)
