"""Pairs that name their own draws and who decided them, for items that judge what they write.

Without this the shelf ascribes a pair to all draws of its item and to the judge's model.
"""

from collections.abc import Iterable, Sequence

from generation.flow.item import Item
from generation.ingredients.verdicts import Verdict
from ingot.engine import Generated
from ingot.records import Completion, Instruction, JudgeKind, Preference, Provenance


def requests_of(item: Item, answers: Iterable[Generated]) -> tuple[str, ...]:
    """The keys of the draws that gave these answers."""
    return tuple(
        next(draw.key for draw in item.draws if draw.answer is answer) for answer in answers
    )


def prefer(
    item: Item,
    instruction: Instruction,
    chosen: Completion,
    rejected: Completion,
    *,
    source: JudgeKind,
    confidence: float,
    margin: float,
    judged: Sequence[Generated] = (),
) -> Preference:
    """A pair with the origin that both completions share; `judged` are the judge's answers."""
    one, two = chosen.provenance, rejected.provenance
    shared = {name: value for name, value in one if getattr(two, name) == value}
    by_program = source is JudgeKind.VERIFIER
    shared |= {
        "recipe": item.recipe,
        "requests": tuple(
            dict.fromkeys((*one.requests, *two.requests, *requests_of(item, judged)))
        ),
        "judge": instruction.verifier if by_program else item.model_of("judge"),
        "parents": (instruction.id, chosen.id, rejected.id),
    }
    return Preference(
        prompt=instruction.messages,
        chosen=chosen.messages,
        rejected=rejected.messages,
        domain=instruction.domain,
        source=source,
        confidence=confidence,
        margin=margin,
        instruction_id=instruction.id,
        chosen_id=chosen.id,
        rejected_id=rejected.id,
        provenance=Provenance.model_validate(shared),
    )


def prefer_likelier(
    item: Item,
    instruction: Instruction,
    one: Completion,
    two: Completion,
    verdict: Verdict,
    min_margin: float,
) -> Preference | None:
    """The pair as the judge orders it; None where the margin, 2p - 1, is below `min_margin`."""
    p_one = verdict.p_first
    chosen, rejected = (one, two) if p_one > 0.5 else (two, one)
    confidence = max(p_one, 1 - p_one)
    margin = 2 * confidence - 1
    if margin == 0 or margin < min_margin or one.text == two.text:
        return None
    return prefer(
        item,
        instruction,
        chosen,
        rejected,
        source=JudgeKind.JUDGE,
        confidence=confidence,
        margin=margin,
        judged=verdict.answers,
    )
