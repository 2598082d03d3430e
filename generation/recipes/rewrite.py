"""Rewriting: a few costly prompts by people become many, each asking for the same or nearly so.

The method is rephrasing as in WRAP (Maini et al. 2024, arXiv 2401.16380), applied to prompts and
checked: whether the meaning is kept is decided by a verifier (the model's answer to the new prompt
is the old prompt's reference) or else by a judge in both orders. A known answer goes along only
where one of them says so. Kinds 'harder' and 'easier' change the meaning on purpose.
"""

import asyncio
from collections.abc import Sequence
from typing import Literal, TypeAlias

from pydantic import Field

from generation.diversity.rouge import rouge_l
from generation.flow.item import Drop, Item, user
from generation.flow.recipe import Terms, recipe
from generation.ingredients.lineage import traced
from generation.ingredients.sameness import find_same
from generation.recipes.complete import read_instruction
from ingot.engine import Generated
from ingot.records import Instruction, Record

Kind: TypeAlias = Literal[
    "paraphrase", "formal", "casual", "terse", "clean", "expand", "harder", "easier"
]
KINDS: dict[Kind, str] = {
    "paraphrase": "Say the same in other words and another order.",
    "formal": "Put it formally and politely, as in a letter to an office.",
    "casual": "Put it casually, as in a message to a friend.",
    "terse": "Put it in as few words as possible and leave out no fact.",
    "clean": "Correct spelling, grammar and punctuation, and make it read well.",
    "expand": "Add who asks, why, and in which situation. Change nothing that the answer rests on.",
    "harder": "Change it into a similar but clearly harder request.",
    "easier": "Change it into a similar but clearly easier request.",
}
FREE: tuple[Kind, ...] = ("harder", "easier")
"""Kinds that need not keep the meaning."""
RULES = (
    "Rewrite the prompt below, which somebody wrote for a language model. Do not answer it. Reply "
    "with the rewritten prompt alone. "
)
SAME = "Do these two prompts ask for the same, so that the same answer would be right for both?"
MAX_LIKENESS = 0.95
"""ROUGE-L F1 at which a rewrite has changed nothing."""


class Rewrite(Terms):
    """How many rewrites a prompt gets, and of which kinds."""

    variants: int = Field(default=3, ge=1, le=8)
    kinds: tuple[Kind, ...] = Field(default=tuple(KINDS), min_length=1)
    """Each prompt gets `variants` of these, drawn without repetition while there are others."""


@recipe(
    source="after Maini et al. 2024, WRAP, section 3 (arXiv 2401.16380)",
    makes=(Instruction,),
    requests="3 for each of `variants`; one more where a reference is known",
    needs=("prompts",),
)
async def rewrite(item: Item, terms: Rewrite) -> list[Record]:
    """Other wordings of each prompt that ask for the same, and harder and easier ones."""
    old = read_instruction(item)
    kinds = _draw_kinds(item, terms)
    drawn = await _write(item, old, kinds)
    texts = [said.text.strip() for said in drawn]
    reasons = [_find_fault(old.text, drawn, number) for number in range(len(kinds))]
    asked = [n for n, kind in enumerate(kinds) if not reasons[n] and kind not in FREE]
    same = await _find_same(item, old, {n: texts[n] for n in asked})
    records: list[Record] = []
    for number, said in enumerate(drawn):
        if same.get(number) is False:
            reasons[number] = "meaning_changed"
        if not reasons[number]:
            made = _make(item, old, texts[number], known=same.get(number) is True)
            records.append(traced(made, item, said))
    if not records:
        raise Drop(reasons[0])
    return records


def _draw_kinds(item: Item, terms: Rewrite) -> list[Kind]:
    kinds = list(terms.kinds)
    item.rng.shuffle(kinds)
    return [kinds[number % len(kinds)] for number in range(terms.variants)]


async def _write(item: Item, old: Instruction, kinds: Sequence[Kind]) -> list[Generated]:
    """All variants at once."""
    return await asyncio.gather(
        *(
            item.ask(f"{RULES}{KINDS[kind]}\n\nPrompt:\n{old.text}", step="rewrite", sample=number)
            for number, kind in enumerate(kinds)
        )
    )


def _find_fault(old: str, drawn: Sequence[Generated], number: int) -> str:
    """Why a variant cannot be used, '' where nothing is seen."""
    text = drawn[number].text.strip()
    if not text:
        return "empty"
    if drawn[number].finish_reason == "length":
        return "cut_off"
    if rouge_l(old, text) >= MAX_LIKENESS:
        return "no_change"
    return "repeated" if text in {said.text.strip() for said in drawn[:number]} else ""


async def _find_same(item: Item, old: Instruction, texts: dict[int, str]) -> dict[int, bool | None]:
    """Whether each variant asks for the same; None where nobody can tell."""
    right = await _verify(item, old, texts)
    open_ones = {number: text for number, text in texts.items() if not right.get(number)}
    judged = await asyncio.gather(
        *(find_same(item, SAME, old.text, text, sample=n) for n, text in open_ones.items())
    )
    return {**right, **dict(zip(open_ones, judged, strict=True))}


async def _verify(item: Item, old: Instruction, texts: dict[int, str]) -> dict[int, bool | None]:
    """Whether the model's answer is right by the old reference; a wrong one proves nothing."""
    if not (old.verifier and old.reference and item.run.aids.verify):
        return {}
    answers = await asyncio.gather(
        *(
            item.ask((*old.messages[:-1], user(text)), step="answer", sample=number)
            for number, text in texts.items()
        )
    )
    verdicts = await asyncio.gather(
        *(item.verify(old.verifier, said.text, old.reference) for said in answers)
    )
    return dict(zip(texts, verdicts, strict=True))


def _make(item: Item, old: Instruction, text: str, *, known: bool) -> Instruction:
    """The new instruction, with the answer of the old one where that is known to fit."""
    fields = {"verifier": old.verifier, "reference": old.reference} if known else {}
    made = item.instruction((*old.messages[:-1], user(text)), domain=old.domain, **fields)
    descent = made.provenance.model_copy(update={"parents": (old.id,)})
    return made.model_copy(update={"provenance": descent})
