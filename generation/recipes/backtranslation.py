"""Instruction backtranslation: from a human text to the instruction that it answers.

Li et al. 2023 (arXiv 2308.06259), section 2.2 (self-augmentation: a model writes the instruction to
an unlabelled text) and 2.3 (self-curation: candidates are scored from 1 to 5 and the best kept).
There the seed model, fine-tuned to do both, names a score; here any two models play, and the score
is the expected one over the judge's probabilities of '1' to '5'.
"""

from pydantic import Field

from generation.flow.item import Drop, Item
from generation.flow.recipe import Terms, recipe
from generation.ingredients.lineage import document_id, traced, with_parent
from generation.ingredients.passages import Passage, draw_passage
from generation.ingredients.verdicts import Grade, grade
from ingot.records import Completion, Instruction, JudgeKind, Judgment, Record, Sampling

SAMPLING = Sampling(temperature=0.7, top_p=0.9, max_tokens=200)
PROMPT = """Below is a text. Write the request of a user to which this text is the perfect answer.
- Ask for what the text says and for its form, in your own words.
- Do not refer to the text, and do not copy from it.
- Write the request alone.

Text:
{text}

Request:"""
SCORE_PROMPT = """How well does the answer fit the request? Give one digit from 1 to 5.
5: an expert's answer to exactly this request: complete, clear, nothing beside the point
4: answers the request fully, but could be better focused or written
3: answers it in the main, with parts missing or beside the point
2: touches the subject without answering
1: does not answer, is cut out of another text, or is advertising

Request:
{request}

Answer:
{answer}

Score:"""


class Backtranslation(Terms):
    """Which texts are taken, and how good a pair must be."""

    min_words: int = Field(default=40, ge=1, le=100_000)
    max_words: int = Field(default=400, ge=1, le=100_000)
    """A longer document gives a passage of whole sentences from a random place."""
    min_score: float = Field(default=4.5, ge=1, le=5)
    """Least expected score; the authors keep scores of 5, or of 4 and 5 (section 2.3)."""
    cite: bool = False
    """Whether the answer ends with a line that names its source: title, url, characters."""


@recipe(
    source="Li et al. 2023, Self-Alignment with Instruction Backtranslation, sections 2.2 and 2.3 "
    "(arXiv 2308.06259)",
    makes=(Instruction, Completion, Judgment),
    requests="2",
    needs=("documents", "judge"),
)
async def backtranslation(item: Item, terms: Backtranslation) -> list[Record]:
    """The instruction that a human text answers, kept where a judge finds that they fit."""
    passage = draw_passage(item.text("document"), terms.max_words, item.rng)
    text = passage.text
    if len(text.split()) < terms.min_words:
        raise Drop("too_short")
    said = await item.ask(PROMPT.format(text=text), step="request", sampling=SAMPLING)
    if said.finish_reason == "length":
        raise Drop("cut_off")
    request = said.text.strip()
    if _plain(request) in _plain(text):
        raise Drop("copied" if request else "empty")
    scored = await grade(
        item, SCORE_PROMPT.format(request=request, answer=text), range(1, 6), step="score"
    )
    if scored is None:
        raise Drop("no_score")
    if scored.mean < terms.min_score:
        raise Drop("low_score")
    document = document_id(item.row, item.text("document"))
    asked = with_parent(traced(item.instruction(request), item, said), document)
    if terms.cite:
        text += _citation(item, passage)
    answer = with_parent(_written_by_people(item.completion(asked, text), asked), document)
    return [asked, answer, _judgment(item, answer, scored)]


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _citation(item: Item, passage: Passage) -> str:
    """Title and URL where the row has them, and which characters of the document these are."""
    known = [str(item.row[name]) for name in ("title", "url") if item.row.get(name)]
    place = f"chars {passage.start}-{passage.end}"
    return "\n\n[source: " + ", ".join(" ".join(part.split()) for part in (*known, place)) + "]"


def _written_by_people(completion: Completion, asked: Instruction) -> Completion:
    """The completion with the request that led to it as its origin, but no model as its author."""
    origin = {"requests": asked.provenance.requests}
    provenance = completion.provenance.model_copy(update=origin)
    return completion.model_copy(update={"provenance": provenance})


def _judgment(item: Item, answer: Completion, scored: Grade) -> Judgment:
    judged = Judgment(
        subject_id=answer.id,
        kind=JudgeKind.JUDGE,
        judge=item.model_of("judge"),
        criterion="fit",
        verdict=str(scored.likeliest),
        rationale=f"expected score {scored.mean:.2f} of 5",
        provenance=item.provenance,
    )
    judged = with_parent(judged, answer.id)
    return traced(judged, item, scored.answer)
