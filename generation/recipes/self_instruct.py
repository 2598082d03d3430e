"""Self-Instruct: new tasks in the manner of a few seed tasks and of those written before.

Wang et al. 2023 (arXiv 2212.10560), section 2.2 and appendix A: 8 tasks in context, 6 of them
seeds and 2 written by the model; kept are those of ROUGE-L below 0.7 to all others. Here one
request makes one task, where the authors let it write several.
"""

import re
from collections.abc import Sequence
from random import Random

from pydantic import Field

from generation.diversity.rouge import RougePool
from generation.flow.gates import prompt_texts
from generation.flow.item import Drop, Item, Row
from generation.flow.recipe import Terms, recipe
from ingot.records import Instruction, Record, Sampling

SAMPLING = Sampling(
    temperature=0.7, top_p=0.5, presence_penalty=2.0, max_tokens=256, stop=("\n\n", "\nTask")
)
"""As in the authors' bootstrap_instructions.py."""
WORDS = range(4, 151)
"""Appendix A of the code: instructions of 4 to 150 words."""
UNFIT = re.compile(
    r"\b(images?|graphs?|pictures?|files?|maps?|draw|plot|go to)\b", re.IGNORECASE
)  # fmt: skip
"""Words of tasks that a text model cannot do; the list of the authors' code."""
SEEDS = (
    "Name three ways to save water at home and say which saves most.",
    "Rewrite this sentence in the passive voice: The committee rejected the plan.",
    "A train leaves at 9:40 and arrives at 13:05. How long does the journey take?",
    "Explain to a ten-year-old why the sky is blue.",
    "Give a short, polite answer to a customer whose parcel is late.",
    "List the steps for planting a tree, in order.",
    "Compare renting and buying a home for someone who moves every two years.",
    "Translate into French: Where is the nearest pharmacy?",
)
"""Used where the order brings no seeds."""


class SelfInstruct(Terms):
    """How many examples are shown, how near a new task may be, and how far behind one looks."""

    seeds_in_context: int = Field(default=6, ge=1, le=20)
    written_in_context: int = Field(default=2, ge=0, le=20)
    max_rouge: float = Field(default=0.7, gt=0, le=1)
    """Least ROUGE-L F1 to a seed or an accepted task at which a new one is refused."""
    lag: int = Field(default=1024, ge=1)
    """How many of the newest items are not yet looked at, so that nobody waits for them."""


class RougeGate:
    """Refuses tasks too like one accepted before."""

    def __init__(self, max_rouge: float) -> None:
        self._pool, self._max_rouge = RougePool(max_rouge), max_rouge

    def refuse(self, records: Sequence[Record]) -> str:
        """'near_duplicate' at or above the limit."""
        texts = prompt_texts(records)
        if any(self._pool.nearest(text) >= self._max_rouge for text in texts):
            return "near_duplicate"
        for text in texts:
            self._pool.add(text)
        return ""


@recipe(
    source="Wang et al. 2023, Self-Instruct, sections 2.2 and A (arXiv 2212.10560)",
    makes=(Instruction,),
    requests="1",
    gate=lambda terms: RougeGate(terms.max_rouge),
    pool="seed tasks, column 'prompt'; eight general ones where none are given",
    looks_back=True,
)
async def self_instruct(item: Item, terms: SelfInstruct) -> list[Record]:
    """New tasks in the manner of seed tasks, none too like another."""
    written = await item.accepted(terms.lag)
    examples = _examples(item.rng, _seeds(item.pool), written, terms)
    shown = "\n".join(f"Task {n}: {text}" for n, text in enumerate(examples, start=1))
    said = await item.ask(
        f"Come up with one new task, unlike these.\n\n{shown}\nTask {len(examples) + 1}:",
        sampling=SAMPLING,
    )
    return [item.instruction(_checked(said.text.strip(), said.finish_reason))]


def _seeds(pool: Sequence[Row]) -> Sequence[str]:
    given = [str(row["prompt"]) for row in pool if row.get("prompt")]
    return given or SEEDS


def _examples(
    rng: Random, seeds: Sequence[str], written: Sequence[Sequence[Record]], terms: SelfInstruct
) -> list[str]:
    """Seeds and written tasks in random order."""
    few = rng.sample(range(len(written)), min(len(written), terms.written_in_context))
    mine = [text for index in few for text in prompt_texts(written[index])]
    chosen = rng.sample(seeds, min(len(seeds), terms.seeds_in_context)) + mine
    rng.shuffle(chosen)
    return chosen


def _checked(text: str, finish_reason: str) -> str:
    """The authors' filters, each with its reason."""
    if finish_reason == "length":
        raise Drop("cut_off")
    if len(text.split()) not in WORDS:
        raise Drop("length")
    if UNFIT.search(text):
        raise Drop("not_for_text")
    if text.startswith("Write a program"):
        raise Drop("program")
    if not (text[0].isascii() and text[0].isalnum()):
        raise Drop("odd_start")
    return text
