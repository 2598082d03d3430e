"""Questions over long contexts, each with a quote that proves the answer and the place it stands.

A needle among other documents (Liu et al. 2023, Lost in the Middle, arXiv 2307.03172, section 2.1:
the answer's document among distractors, at a controlled place), except that the needle is a passage
of a real document, so that it does not stand out. The question is written from the passage alone,
the quote must stand in it, and a question whose answer the model knows without reading is dropped.
"""

from pydantic import Field

from generation.flow.item import Drop, Item, Row
from generation.flow.recipe import Terms, recipe
from generation.ingredients.checked_answers import ANSWER_LINE
from generation.ingredients.contexts import build_context
from generation.ingredients.forms import Form, form_of, read_form
from generation.ingredients.lineage import document_id, traced, with_parent
from generation.ingredients.passages import draw_passage
from ingot.errors import OrderError
from ingot.records import Instruction, Record, Sampling

SAMPLING = Sampling(temperature=0.8, top_p=0.95, max_tokens=500)
CLOSED_BOOK = Sampling(temperature=0, max_tokens=200)
MIN_WORDS = 15
"""A shorter passage holds no fact worth asking for."""
PROMPT = """Write one question about the passage below, for a reader who has to find the answer in a
long text. Name who or what you ask about, never "the passage". The answer is a number, a name or a
few words, and nobody could know it without reading.
Answer in JSON with "question", "answer", and "quote": the sentence of the passage that proves the
answer, copied word for word.

Passage:
"""


class Found(Form):
    """A question, its answer and the proof."""

    question: str = Field(min_length=15, max_length=300)
    answer: str = Field(min_length=1, max_length=80)
    quote: str = Field(min_length=10, max_length=400)


class LongContext(Terms):
    """How long the contexts are."""

    context_words: int = Field(default=4000, ge=50, le=1_000_000)
    """Words of all documents together."""
    passage_words: int = Field(default=150, ge=20, le=2000)
    """Most words of the passage that a question is written from."""


@recipe(
    source="Liu et al. 2023, Lost in the Middle, section 2.1 (arXiv 2307.03172)",
    makes=(Instruction,),
    requests="2",
    needs=("verifier",),
    pool="documents, column 'document': each in turn is asked about, among others of them",
)
async def long_context(item: Item, terms: LongContext) -> list[Record]:
    """Questions over long contexts, with the answer's quote checked and its depth known."""
    row, rng = _row(item), item.rng
    document = str(row.get("document") or "")
    if not document.strip():
        raise Drop("no_document")
    passage = draw_passage(document, terms.passage_words, rng)
    if len(passage.text.split()) < MIN_WORDS:
        raise Drop("too_short")
    said = await item.ask(
        PROMPT + passage.text, step="question", sampling=SAMPLING, structured=form_of(Found)
    )
    found = read_form(Found, said)
    if _plain(found.quote) not in _plain(passage.text):
        raise Drop("not_in_document")
    question = f"{found.question}\n{ANSWER_LINE}"
    closed = await item.ask(question, step="closed_book", sampling=CLOSED_BOOK)
    if await item.verify("answer", closed.text, found.answer):
        raise Drop("known_without_document")
    context = build_context(document, passage, item.pool, terms.context_words, rng)
    asked = item.instruction(
        f"{context.text}\n\nAnswer from the documents above.\n{question}",
        domain=f"long_context/depth_{int(context.depth * 10) * 10}",
        verifier="answer",
        reference=found.answer,
    )
    return [with_parent(traced(asked, item, said), document_id(row, document))]


def _row(item: Item) -> Row:
    """The pool's documents in turn."""
    if not item.pool:
        raise OrderError(
            "recipe 'long_context' has no documents: name a file with a column 'document'",
            "source.path",
        )
    return item.pool[item.index % len(item.pool)]


def _plain(text: str) -> str:
    return " ".join(text.split())
