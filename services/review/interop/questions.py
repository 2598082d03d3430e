"""What a queue shows and asks, in the words that other tools share: fields, and questions.

They can show what is asked alike of every item of a queue. Rankings, turns, steps and claims differ
from item to item: those kinds travel as jsonl.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, count
from typing import Literal

from services.review.interop.shapes import InteropFault, Queue
from services.review.kinds import Criterion, Rubric

QuestionForm = Literal["one", "many", "score", "text"]


@dataclass(frozen=True, slots=True)
class ShownField:
    """A part of an item."""

    name: str
    title: str
    form: Literal["chat", "text"]
    always: bool = True
    """Whether every item has it."""


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that may be chosen."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that is asked."""

    name: str
    """Letters a to z, digits and _."""
    title: str
    form: QuestionForm
    options: tuple[Option, ...] = ()
    """Of a score: all scores, the lowest first."""
    required: bool = True


_COMPLETION = (
    ShownField("instructions", "Instructions", "text", always=False),
    ShownField("prompt", "Prompt", "chat"),
    ShownField("completion", "Answer", "chat"),
)
_FIELDS: Mapping[str, tuple[ShownField, ...]] = {
    "pairwise": (
        *_COMPLETION[:2],
        ShownField("a", "Answer A", "chat"),
        ShownField("b", "Answer B", "chat"),
    ),
    "attributes": _COMPLETION,
    "rating": _COMPLETION,
    "accept": _COMPLETION,
    "rewrite": _COMPLETION,
    "write": (
        _COMPLETION[0],
        ShownField("wanted", "What to write", "text"),
        ShownField("brief", "What it shall be like", "text"),
        ShownField("prompt", "Prompt", "chat", always=False),
    ),
}
_STRENGTHS = {
    1: ("better",),
    2: ("better", "much better"),
    3: ("a little better", "better", "much better"),
}


def fields(queue: Queue) -> tuple[ShownField, ...]:
    """The parts of the queue's items, in reading order; raises InteropFault."""
    shown = _FIELDS.get(queue.kind.name)
    if shown is None:
        raise InteropFault(
            f"kind {queue.kind.name!r} asks of each item something else, which other tools cannot "
            f"show: they take {', '.join(_FIELDS)}; use format=jsonl"
        )
    return shown


def questions(queue: Queue) -> tuple[Question, ...]:
    """What is asked of each item; raises InteropFault."""
    fields(queue)
    rubric = queue.rubric
    return (
        *_ASKED[queue.kind.name](rubric),
        *_ticks("reasons", "Why?", rubric.reasons),
        *_ticks("flags", "What is wrong with the task itself?", rubric.flags),
    )


def slugs(names: Iterable[str]) -> list[str]:
    """Names that other tools take, one for each and no two alike."""
    made: list[str] = []
    for name in names:
        stem = re.sub("[^a-z0-9]+", "_", name.lower()).strip("_") or "criterion"
        numbered = (f"{stem}_{n}" for n in count(2))
        taken = {*made, "reasons", "flags"}
        made.append(next(each for each in chain([stem], numbered) if each not in taken))
    return made


def _preference(rubric: Rubric) -> Iterator[Question]:
    strengths = _STRENGTHS[rubric.steps]
    options = [
        Option(str(step - rubric.steps), f"A is {words}")
        for step, words in enumerate(reversed(strengths))
    ]
    options += [Option("0", "equally good")] * rubric.tie
    options += [Option(str(step), f"B is {words}") for step, words in enumerate(strengths, 1)]
    yield Question("preference", "Which answer is better?", "one", tuple(options))


def _score(rubric: Rubric) -> Iterator[Question]:
    yield _scored("score", rubric.criteria[0])


def _attributes(rubric: Rubric) -> Iterator[Question]:
    names = slugs(criterion.name for criterion in rubric.criteria)
    yield from map(_scored, names, rubric.criteria)


def _scored(name: str, criterion: Criterion) -> Question:
    scores = range(criterion.low, criterion.high + 1)
    anchors = criterion.anchors or ("",) * len(scores)
    options = (
        Option(str(score), f"{score}: {anchor}" if anchor else str(score))
        for score, anchor in zip(scores, anchors, strict=True)
    )
    title = f"{criterion.name}: {criterion.about}" if criterion.about else criterion.name
    return Question(name, title, "score", tuple(options))


def _acceptance(rubric: Rubric) -> Iterator[Question]:
    verdicts = (Option("accept", "good enough"), Option("reject", "not good enough"))
    yield Question("accept", "Is the answer good enough?", "one", verdicts)
    yield Question("reason", "If not, why not?", "text", required=False)


def _text(rubric: Rubric) -> Iterator[Question]:
    yield Question("text", "Your text", "text")


def _ticks(name: str, title: str, words: tuple[str, ...]) -> Iterator[Question]:
    if len(words) > 1:  # Argilla takes no single option
        yield Question(name, title, "many", tuple(Option(word, word) for word in words), False)


_ASKED: Mapping[str, Callable[[Rubric], Iterator[Question]]] = {
    "pairwise": _preference,
    "attributes": _attributes,
    "rating": _score,
    "accept": _acceptance,
    "rewrite": _text,
    "write": _text,
}
