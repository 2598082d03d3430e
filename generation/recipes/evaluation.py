"""Questions for evaluation: answers that independent solutions agree on, kept apart from training.

A proposed answer is kept where enough independent solutions come to it: the majority of
self-consistency (Wang et al. 2022, arXiv 2203.11171, section 2) made into a filter. A question that
shares 13 words in a row with a prompt of the pool, such as the training prompts, is dropped (Brown
et al. 2020, arXiv 2005.14165, appendix C). `Evaluation` is a type of its own, which no training set
takes.
"""

import asyncio
from itertools import chain
from typing import Literal

from pydantic import Field

from generation.flow.item import Drop, Item, user
from generation.flow.recipe import Terms, recipe
from generation.ingredients.checked_answers import ANSWER_LINE
from generation.ingredients.evaluation_stock import Matter, stock_of
from generation.ingredients.forms import Form, form_of, read_form
from generation.ingredients.lineage import traced, with_parent
from ingot.records import Evaluation, Record, Sampling

SAMPLING = Sampling(temperature=1.0, max_tokens=500)
SOLVING = Sampling(temperature=0.7, max_tokens=600)
"""Self-consistency samples at 0.5 to 0.7 (arXiv 2203.11171, section 3.1)."""
ANSWER_PROMPT = """Write one difficult question that has a single short answer: a number, a name or
a word. It must be clear by itself, and its answer no matter of opinion.
Answer in JSON with "question" and "answer", the short answer alone.

"""
RUBRIC_PROMPT = """Write one open question that tells good answers from bad ones. It must be clear
by itself.
Answer in JSON with "question" and "rubric": three to five points that a good answer makes, so exact
that two readers would agree whether an answer makes them.

"""


class Question(Form):
    """A question with its answer."""

    question: str = Field(min_length=15, max_length=600)
    answer: str = Field(min_length=1, max_length=60)


class OpenQuestion(Form):
    """A question that has no single answer."""

    question: str = Field(min_length=15, max_length=600)
    rubric: str = Field(min_length=30, max_length=800)


class EvaluationTerms(Terms):
    """What kind of question, how much agreement, and how far from known prompts."""

    kind: Literal["answer", "rubric"] = "answer"
    """answer: a program checks it; rubric: a judge does, by the points of the rubric."""
    solutions: int = Field(default=5, ge=1, le=64)
    """Independent solutions to a question with an answer, in turn by the committee's models."""
    min_agreement: float = Field(default=0.6, gt=0, le=1)
    """Least share of all solutions that must come to the proposed answer."""
    ngram: int = Field(default=13, ge=2, le=50)
    """Words in a row shared with a known prompt that count as contamination."""
    passage_words: int = Field(default=300, ge=20, le=20_000)
    """Most words of a document that a question is asked about."""


@recipe(
    source="majority of independent solutions: Wang et al. 2022, section 2 (arXiv 2203.11171); "
    "contamination: Brown et al. 2020, appendix C (arXiv 2005.14165)",
    makes=(Evaluation,),
    requests="1 + `solutions`, or 1 with a rubric",
    needs=("verifier",),
    pool="what to ask about in column 'document' or 'topic', and prompts to keep away from in "
    "column 'prompt' or 'question'; twenty topics of ours where none are given",
)
async def evaluation(item: Item, terms: EvaluationTerms) -> list[Record]:
    """Evaluation questions with agreed answers or rubrics, unlike any known prompt."""
    stock = stock_of(item.pool, terms.ngram)
    matter = stock.matter(item.index, terms.passage_words, item.rng)
    with_answer = terms.kind == "answer"
    said = await item.ask(
        (ANSWER_PROMPT if with_answer else RUBRIC_PROMPT) + matter.request,
        step="question",
        sampling=SAMPLING,
        structured=form_of(Question if with_answer else OpenQuestion),
    )
    form = read_form(Question, said) if with_answer else read_form(OpenQuestion, said)
    if stock.known.share(form.question) or stock.known.share(matter.passage):
        raise Drop("contaminated")
    made = _evaluation(item, matter, form)
    if isinstance(form, Question):
        await _agree(item, terms, made)
    made = traced(made, item, said)
    return [with_parent(made, matter.document_id) if matter.document_id else made]


def _evaluation(item: Item, matter: Matter, form: Question | OpenQuestion) -> Evaluation:
    text = f"{matter.passage}\n\n{form.question}".strip()
    if isinstance(form, OpenQuestion):
        return Evaluation(
            prompt=(user(text),),
            reference="",
            domain=matter.domain,
            verifier="",
            rubric=form.rubric,
            provenance=item.provenance,
        )
    return Evaluation(
        prompt=(user(f"{text}\n{ANSWER_LINE}"),),
        reference=form.answer,
        domain=matter.domain,
        provenance=item.provenance,
    )


async def _agree(item: Item, terms: EvaluationTerms, made: Evaluation) -> None:
    """Solve the question anew; raises Drop where too few solutions come to its answer."""
    solvers = item.members() or ["writer"]
    shares = [len(range(place, terms.solutions, len(solvers))) for place in range(len(solvers))]
    drawn = await asyncio.gather(
        *(
            item.ask_many(made.prompt, share, role=role, step="solve", sampling=SOLVING)
            for role, share in zip(solvers, shares, strict=True)
            if share
        )
    )
    checks = (
        item.verify(made.verifier, said.text, made.reference) for said in chain.from_iterable(drawn)
    )
    right = sum(verdict is True for verdict in await asyncio.gather(*checks))
    if right / terms.solutions < terms.min_agreement:
        raise Drop("no_agreement")
