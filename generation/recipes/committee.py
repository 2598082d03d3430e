"""A committee of models answers, a judge orders their answers, the best is set against the others.

After iTeC (Apple 2024, arXiv 2407.21075, section 4: a committee of the latest and the best models
of several kinds answers fresh prompts) and UltraFeedback (Cui et al. 2023, arXiv 2310.01377,
section 2: four models drawn for each prompt). Both let people or GPT-4 rate single answers; here
all pairs are compared in both orders, and the best is paired with each answer that surely lost.
"""

from collections.abc import Iterator, Sequence

from pydantic import Field

from generation.flow.item import Drop, Item
from generation.flow.recipe import Terms, recipe
from generation.ingredients.answers import draw_whole
from generation.ingredients.lineage import traced
from generation.ingredients.pairs import prefer_likelier
from generation.ingredients.tournament import Tournament, hold_tournament
from generation.recipes.complete import read_instruction
from ingot.errors import OrderError
from ingot.records import Completion, Instruction, Preference, Record


class Committee(Terms):
    """How many models answer a prompt, and what counts as a tie."""

    members: int = Field(default=4, ge=2, le=16)
    """Drawn anew for each prompt; all where there are fewer. 4 as in UltraFeedback."""
    min_margin: float = Field(default=0.2, ge=0, le=1)
    """Least difference of the two answers' probabilities of being the better one. Ours."""


@recipe(
    source="Apple 2024, section 4, iTeC (arXiv 2407.21075); UltraFeedback (arXiv 2310.01377)",
    makes=(Instruction, Completion, Preference),
    requests="`members`, and for each two of them 2 to the judge",
    needs=("prompts", "committee", "judge"),
)
async def committee(item: Item, terms: Committee) -> list[Record]:
    """Several models' answers to a prompt, and the best one against each that lost to it."""
    models = item.members()
    if len(models) < 2:
        raise OrderError(
            f"recipe 'committee' needs two models or more in role 'committee', not {len(models)}: "
            "name another",
            "generation.roles",
        )
    known = read_instruction(item)
    chosen = sorted(item.rng.sample(range(len(models)), min(terms.members, len(models))))
    asks = (item.ask(known.messages, role=models[number], step="answer") for number in chosen)
    answers = await draw_whole(asks)
    completions = [
        traced(item.completion(known, answer, number), item, answer)
        for number, answer in zip(chosen, answers, strict=True)
        if answer is not None
    ]
    if len(completions) < 2:
        raise Drop("too_few_answers")
    texts = [completion.text for completion in completions]
    if len(set(texts)) == 1:
        raise Drop("same_text")
    held = await hold_tournament(item, known.messages, texts)
    pairs = list(_pairs(item, known, completions, held, terms.min_margin))
    if not pairs:
        raise Drop("tie" if held.verdicts else "undecided")
    return [*([] if "id" in item.row else [known]), *completions, *pairs]


def _pairs(
    item: Item,
    known: Instruction,
    completions: Sequence[Completion],
    held: Tournament,
    min_margin: float,
) -> Iterator[Preference]:
    """The best against each other one, where the judge saw the two clearly apart."""
    best, *others = held.ranking() or [0]
    for other in others:
        verdict = held.between(best, other)
        if verdict is None or verdict.p_first <= 0.5:
            continue
        one, two = completions[best], completions[other]
        if (pair := prefer_likelier(item, known, one, two, verdict, min_margin)) is not None:
            yield pair
