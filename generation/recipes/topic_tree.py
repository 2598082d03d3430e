"""A tree of topics that the model grows itself, and an instruction from a thin part of it.

After GLAN's taxonomy of fields, subfields and subjects (Li et al. 2024, arXiv 2402.13064, section
2). Deviations: nobody edits the tree by hand; it grows only where an item walks, and the subtopics
of a topic are one request, the same for every item, so the journal answers all but the first. Which
way an item goes is steered by what was accepted before it, see `steering`.
"""

from collections.abc import Sequence
from random import Random
from typing import Annotated

from pydantic import Field, StringConstraints

from generation.diversity.words import split_words
from generation.flow.item import Item, draw_seed
from generation.flow.recipe import Terms, recipe
from generation.flow.surroundings import Drop
from generation.ingredients.forms import Form, form_of, read_form
from generation.ingredients.steering import SEPARATOR, steering_of
from ingot.records import Instruction, Record, Sampling

GROW = (
    "Name {branches} subtopics of the topic below. They should not overlap, cover all of it "
    "together, and each be two to five words long.\n\nTopic: "
)
WRITE = (
    "Write one request that somebody could put to an assistant. It must fit the topic below, make "
    "sense without any other text, and not name the topic as such. "
)
GROWING = Sampling(temperature=0.7, max_tokens=1024)
"""The same for all items, or they would not share the tree."""
WRITING = Sampling(temperature=1.0, max_tokens=1024)
FORMS = (
    "Make it a question with a short, certain answer.",
    "Make it a problem that takes several steps of reasoning.",
    "Make it a task on a piece of text or data that the request holds.",
    "Ask for an explanation to a beginner.",
    "Ask for advice in a difficult situation.",
    "Ask for a text of a certain kind, length and audience.",
    "Ask for a comparison of two things with a conclusion.",
)
TOPICS = (
    "Mathematics", "Natural sciences", "Medicine and health", "Computing", "Engineering",
    "Languages and linguistics", "Literature and writing", "History", "Law and government",
    "Economics and business", "Philosophy and ethics", "Arts and music", "Education",
    "Psychology and society", "Home and crafts", "Food and farming", "Travel and geography",
    "Sport and games",
)  # fmt: skip


class TopicTree(Terms):
    """How far the tree branches, and how far behind one looks."""

    depth: int = Field(default=2, ge=0, le=5)
    """Levels of subtopics below the given topics."""
    branches: int = Field(default=8, ge=2, le=20)
    """Subtopics asked for at each topic; the model may name fewer."""
    lag: int = Field(default=1024, ge=1)
    """How many of the newest items are not yet looked at, so that nobody waits for them."""
    min_words: int = Field(default=5, ge=1)


class Subtopics(Form):
    """The form of a topic's children."""

    subtopics: tuple[Annotated[str, StringConstraints(max_length=60)], ...] = Field(max_length=20)


class Written(Form):
    """The form of an instruction."""

    request: str = Field(max_length=1500)


@recipe(
    source="after Li et al. 2024, GLAN, section 2 (arXiv 2402.13064)",
    makes=(Instruction,),
    requests="1, and 1 for each topic of the tree, once",
    needs=("encoder",),
    pool="topics to begin with, column 'topic'; eighteen general ones where none are given",
    looks_back=True,
)
async def topic_tree(item: Item, terms: TopicTree) -> list[Record]:
    """Requests from a tree of topics, most where the accepted ones are thin."""
    accepted = await item.accepted(terms.lag)
    given = [_clean(str(row.get("topic") or "")) for row in item.pool]
    roots = tuple(dict.fromkeys(name for name in given if name)) or TOPICS
    steering = steering_of(item, (roots, terms))
    rng = item.rng
    topic = roots[await steering.choose(rng, roots, accepted)]
    for _ in range(terms.depth):
        children = await _children(item, topic, terms.branches)
        if not children:
            break
        topic = children[await steering.choose(rng, children, accepted)]
    return [item.instruction(await _write(item, topic, rng, terms), domain=topic)]


async def _children(item: Item, topic: str, branches: int) -> Sequence[str]:
    """The paths of a topic's subtopics; none where the model names none."""
    seed = draw_seed(item.run.seed, item.recipe, topic, "grow", 0)
    prompt = GROW.format(branches=branches) + topic.replace(SEPARATOR, ": ")
    said = await item.ask(
        prompt, step="grow", sampling=GROWING, seed=seed, structured=form_of(Subtopics)
    )
    try:
        form = read_form(Subtopics, said)
    except Drop:
        return ()  # every item would be dropped here again: this topic is a leaf
    names = {_clean(name).casefold(): _clean(name) for name in form.subtopics[:branches]}
    return [f"{topic}{SEPARATOR}{name}" for name in names.values() if name]


def _clean(name: str) -> str:
    """A topic's name on one line, free of the sign that separates names."""
    return " ".join(name.replace(SEPARATOR, "-").split())


async def _write(item: Item, topic: str, rng: Random, terms: TopicTree) -> str:
    prompt = f"{WRITE}{rng.choice(FORMS)}\n\nTopic: {topic.replace(SEPARATOR, ': ')}"
    said = await item.ask(prompt, step="write", sampling=WRITING, structured=form_of(Written))
    text = read_form(Written, said).request
    if len(split_words(text)) < terms.min_words:
        raise Drop("too_short")
    return text
