"""Evol-Instruct: prompts made harder or rarer step by step, and failed steps taken back.

Xu et al. 2023, WizardLM (arXiv 2304.12244), section 3: in each epoch one of six operations, drawn
evenly, rewrites the newest version of a prompt; an evolution that fails the elimination (section
3.2) is left out and the version before it evolves again. As the second sign of a failed evolution
is a refusal in the answer, each evolution is answered. Whether it gains anything is read from a
judge's label probabilities in both orders, where the authors take one worded verdict. The first
version, which the order brings, is not among the records.
"""

from typing import Literal, TypeAlias

from pydantic import Field

from generation.diversity.words import split_words
from generation.flow.item import Drop, Failed, Item, user
from generation.flow.recipe import Terms, recipe
from generation.ingredients.lineage import traced
from generation.ingredients.sameness import find_same
from generation.recipes.complete import read_instruction
from ingot.engine import Generated
from ingot.records import Completion, Instruction, Record

Operation: TypeAlias = Literal["constrain", "deepen", "concretise", "reason", "complicate", "widen"]
OPERATIONS: dict[Operation, str] = {
    "constrain": "Add one more condition that a good answer has to meet.",
    "deepen": "Ask for more: make the question go deeper and cover a wider part of its subject.",
    "concretise": "Replace something general in it by something more specific.",
    "reason": "If it can be answered with little thought, have it ask for several steps of "
    "reasoning.",
    "complicate": "Give it material to work on: a table, a formula, a piece of code, or data.",
    "widen": "Do not change it: write another prompt of the same field about something rarer, as "
    "long and as hard as this one.",
}
RULES = (
    "Below is a prompt for a language model. Write a harder version of it that people can still "
    "understand and answer. Add only 10 to 20 words. Keep tables, code and other material that it "
    "holds. Reply with the new prompt alone.\n\n"
)
"""'10 to 20 words' as in the paper's in-depth prompts, section 3.2."""
SAME = (
    "Are these two prompts equal? They are if they set the same conditions and ask for the same "
    "breadth and depth."
)
META = (
    "given prompt", "rewritten prompt", "created prompt", "original prompt", "new prompt",
    "harder version",
)  # fmt: skip
"""Words of the request that a failed evolution copies: those of the paper, and of ours above."""
SORRY_WORDS = 80
"""An answer with 'sorry' and fewer words than this is a refusal (section 3.2)."""
STOP_WORDS = frozenset(
    split_words(
        "a an and are as at be been but by can could did do does for from had has have he her him "
        "his how i if in is it its just may me might must my no nor not of on or our shall she "
        "should so some than that the their them then there these they this those to too us was "
        "we were what when where which who why will with would yes you your"
    )
)


class EvolInstruct(Terms):
    """How far prompts evolve."""

    epochs: int = Field(default=4, ge=1, le=16)
    """Four in the paper, section 4.1."""
    operations: tuple[Operation, ...] = Field(default=tuple(OPERATIONS), min_length=1)
    answers: bool = False
    """Whether the answers to the evolved prompts are kept as completions."""


@recipe(
    source="Xu et al. 2023, WizardLM, section 3 (arXiv 2304.12244)",
    makes=(Instruction, Completion),
    requests="4 for each of `epochs`, fewer where one fails",
    needs=("prompts",),
)
async def evol_instruct(item: Item, terms: EvolInstruct) -> list[Record]:
    """Harder and rarer versions of each prompt, step by step, without the failed ones."""
    newest, rng = read_instruction(item), item.rng
    records: list[Record] = []
    reasons: list[str] = []
    for epoch in range(terms.epochs):
        operation = rng.choice(terms.operations)
        try:
            evolved = await _evolve(item, newest, operation, epoch)
            answer = await _answer(item, evolved, epoch)
        except Drop as failed:
            reasons.append(str(failed))
            continue
        except Failed as failed:
            if failed.retryable or not records:
                raise
            break  # it has grown beyond what the model takes; what there is, is kept
        records.append(evolved)
        if terms.answers:
            records.append(traced(item.completion(evolved, answer), item, answer))
        newest = evolved
    if not records:
        raise Drop(reasons[-1])
    return records


async def _evolve(item: Item, old: Instruction, operation: Operation, epoch: int) -> Instruction:
    """The next version; Drop where it is none."""
    prompt = f"{RULES}{OPERATIONS[operation]}\n\nPrompt:\n{old.text}"
    said = await item.ask(prompt, step="evolve", sample=epoch)
    text = said.text.strip()
    if said.finish_reason == "length":
        raise Drop("cut_off")
    if any(words in text.lower() and words not in old.text.lower() for words in META):
        raise Drop("meta_words")
    made = item.instruction((*old.messages[:-1], user(text)), domain=old.domain)
    if split_words(text) == split_words(old.text):
        raise Drop("no_gain")
    if await find_same(item, SAME, old.text, text, sample=epoch):
        raise Drop("no_gain")
    descent = made.provenance.model_copy(update={"parents": (old.id,)})
    return traced(made.model_copy(update={"provenance": descent}), item, said)


async def _answer(item: Item, evolved: Instruction, epoch: int) -> Generated:
    """The answer to an evolved prompt; Drop where it shows that the prompt cannot be answered."""
    answer = await item.ask(evolved.messages, step="answer", sample=epoch)
    words = split_words(answer.text)
    if "sorry" in words and len(words) < SORRY_WORDS:
        raise Drop("refused")
    if STOP_WORDS.issuperset(words):
        raise Drop("empty_answer")
    return answer
