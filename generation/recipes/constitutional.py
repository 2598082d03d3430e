"""Constitutional AI: answers revised by principles, and pairs judged by principles.

Bai et al. 2022 (arXiv 2212.08073). Section 3: an answer is criticised and revised four times, each
time by a principle drawn from sixteen; the revisions are for fine-tuning. Section 4: two answers
are compared by a drawn principle, and the judge's normalised probability is the label. Here each
revision is also compared with the first answer, and the pair kept where the judge agrees; both
orders are asked; a revision that changes nothing is left out. The principles are our own.
"""

import re
from asyncio import gather
from dataclasses import dataclass, replace

from pydantic import Field

from generation.diversity.rouge import rouge_l
from generation.flow.item import Drop, Item, assistant, user
from generation.flow.recipe import Terms, recipe
from generation.ingredients.answers import draw_whole, is_whole
from generation.ingredients.lineage import traced, with_parent
from generation.ingredients.pairs import prefer_likelier
from generation.ingredients.principles import PRINCIPLES
from generation.ingredients.verdicts import compare
from generation.recipes.complete import read_instruction
from ingot.records import Completion, Instruction, Preference, Record

CRITIQUE = """\
Look at your last answer by this principle: {principle}
In a few sentences, say where the answer breaks the principle."""
REVISION = """\
Now write your answer again so that it keeps this principle: {principle}
Write only the new answer, without a word about the change."""
QUESTION = "Which answer keeps this principle better? {principle}"
PREAMBLE = re.compile(
    r"\A[^\n]{0,80}\b(?:revis|rewrit|improv|updat)\w*[^\n]{0,60}:\s*\n", re.IGNORECASE
)
"""A line such as 'Here is the revised answer:', which is no part of the answer."""


class Constitutional(Terms):
    """How often an answer is revised, by which principles, and which pairs are kept."""

    revisions: int = Field(default=4, ge=1, le=16)
    """As in section 3.2."""
    principles: tuple[str, ...] = Field(default=PRINCIPLES, min_length=1)
    max_similarity: float = Field(default=0.95, gt=0, le=1)
    """ROUGE-L F1 to the answer before, above which a revision counts as no change. Ours."""
    pairs: bool = True
    """Whether pairs are judged, which takes a model in role 'judge'."""
    min_margin: float = Field(default=0.2, ge=0, le=1)
    """Least difference of the two answers' probabilities of being the better one. Ours."""


@dataclass(frozen=True, slots=True)
class _Couple:
    """Two answers to be compared by a principle."""

    one: Completion
    two: Completion
    principle: str
    one_must_win: bool
    """The first is a revision of the second: a pair the other way round is not wanted."""


@recipe(
    source="Bai et al. 2022, Constitutional AI, sections 3 and 4 (arXiv 2212.08073)",
    makes=(Instruction, Completion, Preference),
    requests="2 x `revisions` + 1; with pairs up to 2 x `revisions` + 4 more",
    needs=("prompts",),
)
async def constitutional(item: Item, terms: Constitutional) -> list[Record]:
    """Answers revised by written principles, with pairs that are judged by them."""
    if terms.pairs:
        item.model_of("judge")  # raises at once where nobody plays it
    known, rng = read_instruction(item), item.rng
    rounds = [rng.choice(terms.principles) for _ in range(terms.revisions)]
    first, *revised = await _revise(item, known, rounds, terms.max_similarity)
    if not revised:
        raise Drop("unchanged")
    records: list[Record] = [*([] if "id" in item.row else [known]), *revised]
    if terms.pairs:
        drawn = [rng.choice(terms.principles) for _ in range(terms.revisions + 1)]
        couples = [_Couple(version, first, drawn[version.sample], True) for version in revised]
        couples += await _fresh(item, known, terms.revisions, drawn[0])
        judged = (_judge(item, known, couple, terms.min_margin) for couple in couples)
        records += [pair for pair in await gather(*judged) if pair is not None]
    return records


async def _revise(
    item: Item, known: Instruction, rounds: list[str], max_similarity: float
) -> list[Completion]:
    """The first answer and each version that differs from the one before; sample is the round."""
    answer = await item.ask(known.messages, step="answer")
    if not is_whole(answer):
        raise Drop("no_whole_answer")
    draws = [answer]
    versions = [traced(item.completion(known, answer), item, *draws)]
    for number, principle in enumerate(rounds, start=1):
        said = versions[-1]
        talk = [*known.messages, *said.messages, user(CRITIQUE.format(principle=principle))]
        critique = await item.ask(talk, step=f"critique_{number}")
        talk += [assistant(critique.text), user(REVISION.format(principle=principle))]
        revision = await item.ask(talk, step=f"revision_{number}")
        text = PREAMBLE.sub("", revision.text).strip()
        if not (is_whole(revision) and text) or rouge_l(text, said.text) > max_similarity:
            continue
        draws += [critique, revision]
        version = item.completion(known, replace(revision, text=text), number)
        versions.append(with_parent(traced(version, item, *draws), said.id))
    return versions


async def _fresh(item: Item, known: Instruction, revisions: int, principle: str) -> list[_Couple]:
    """Two more answers to compare; none where they are not whole or say the same."""
    asks = (item.ask(known.messages, step="fresh", sample=sample) for sample in range(2))
    drawn = [
        traced(item.completion(known, answer, number), item, answer)
        for number, answer in enumerate(await draw_whole(asks), start=revisions + 1)
        if answer is not None
    ]
    if len({completion.text for completion in drawn}) < 2:
        return []
    return [_Couple(drawn[0], drawn[1], principle, False)]


async def _judge(
    item: Item, known: Instruction, couple: _Couple, min_margin: float
) -> Preference | None:
    """The pair as the judge orders it; None where it is unsure or against the revision."""
    question = QUESTION.format(principle=couple.principle)
    step = f"judge_{couple.one.sample}"
    one, two = couple.one, couple.two
    verdict = await compare(item, known.messages, one.text, two.text, question=question, step=step)
    if verdict is None or (couple.one_must_win and verdict.p_first <= 0.5):
        return None
    return prefer_likelier(item, known, one, two, verdict, min_margin)
