"""Magpie: an aligned model that is given nothing but the start of a user's turn writes the turn.

Xu et al. 2024 (arXiv 2406.08464), section 2: the prompt is the chat template up to where the
user's words would stand, temperature and top_p are 1; the instruction is then answered greedily.
The length filter and the one for leftovers of the template are ours; the authors' filters by
reward, difficulty and quality belong to judging and curation.
"""

import re
from typing import Self

from pydantic import Field, model_validator

from generation.diversity.words import split_words
from generation.flow.item import Drop, Item, assistant, system, user
from generation.flow.recipe import Terms, recipe
from generation.ingredients.lineage import traced
from ingot.engine import Generated
from ingot.records import Completion, Instruction, Message, Record

FREE = {"temperature": 1.0, "top_p": 1.0}
"""The user's turn, as in exp/gen_ins.py of the authors' code."""
GREEDY = {"temperature": 0.0, "top_p": 1.0}
"""The assistant's turn."""
LEFTOVERS = re.compile(
    r"<\|[^<>|]*\|>|</?s>|\[/?INST\]|<</?SYS>>|<(start|end)_of_turn>|"
    r"^\W*(user|assistant|system)\b\W*$",
    re.IGNORECASE | re.MULTILINE,
)
"""Marks of chat templates, and lines that hold only the name of a role."""


class Magpie(Terms):
    """What the user's turn begins with, and how long the conversation is."""

    system: str = ""
    """A system turn that steers what users ask; it is not part of the records."""
    pre_query: str = ""
    """The template's text up to the user's words, special tokens included, for engines that write
    no user's turn of themselves (OpenAI-compatible servers, which must then have /completions)."""
    turns: int = Field(default=1, ge=1, le=8)
    """The user's turns; all but the last one are answered within the instruction."""
    min_words: int = Field(default=3, ge=1)
    answers: bool = True
    """Whether the last turn is answered too."""

    @model_validator(mode="after")
    def _pre_query_alone(self) -> Self:
        if self.pre_query and self.turns > 1:
            raise ValueError(
                "pre_query begins a conversation and cannot go on with it: set turns to 1, or "
                "use engine 'vllm' without pre_query"
            )
        if self.pre_query and self.system:
            raise ValueError("pre_query is the whole prompt: put the system turn into it")
        return self


@recipe(
    source="Xu et al. 2024, Magpie, section 2 (arXiv 2406.08464)",
    makes=(Instruction, Completion),
    requests="2 for each of `turns`",
)
async def magpie(item: Item, terms: Magpie) -> list[Record]:
    """What users would ask an aligned model, in its own words, with its greedy answers."""
    greedy = item.run.sampling.model_copy(update=GREEDY)
    said: list[Message] = []
    drawn: list[Generated] = []
    for turn in range(terms.turns):
        if turn:
            drawn.append(await item.ask(said, step="answer", sample=turn - 1, sampling=greedy))
            said.append(assistant(_full(drawn[-1])))
        drawn.append(await _ask_user(item, terms, said, turn))
        said.append(user(_full(drawn[-1])))
        if len(split_words(said[-1].content)) < terms.min_words:
            raise Drop("too_short")
    instruction = traced(item.instruction(said), item, *drawn)
    if not terms.answers:
        return [instruction]
    answer = await item.ask(said, step="answer", sample=terms.turns - 1, sampling=greedy)
    return [instruction, traced(item.completion(instruction, answer), item, *drawn, answer)]


async def _ask_user(item: Item, terms: Magpie, said: list[Message], turn: int) -> Generated:
    """The user's next words."""
    free = item.run.sampling.model_copy(update=FREE)
    if terms.pre_query:
        return await item.ask("", step="user", sampling=free, prompt=terms.pre_query)
    steered = [system(terms.system), *said] if terms.system else said
    return await item.ask(steered, step="user", sample=turn, sampling=free, turn="user")


def _full(answer: Generated) -> str:
    """A turn that came to its own end and holds nothing but words."""
    text = answer.text.strip()
    if answer.finish_reason == "length":
        raise Drop("cut_off")
    if not text:
        raise Drop("empty")
    if LEFTOVERS.search(text):
        raise Drop("template")
    return text
