"""Between answers and the values of the questions that other tools ask."""

from collections.abc import Callable, Mapping
from typing import Any

from services.review.interop.questions import questions, slugs
from services.review.interop.shapes import Json, Queue
from services.review.kinds import AnswerFault, Rubric
from services.review.kinds.faults import pointer

_Values = Mapping[str, Any]
"""By question: a text, a score as a whole number, one option, or a list of options."""


def values(answer: Json, queue: Queue) -> Json:
    """What an answer says to each question; questions without a word on them are left out."""
    said = {**_SPOKEN[queue.kind.name][0](answer, queue.rubric)}
    said |= {name: list(answer.get(name, ())) for name in ("reasons", "flags")}
    asked = {question.name for question in questions(queue)}
    return {name: value for name, value in said.items() if name in asked and value not in ("", [])}


def answer(said: _Values, queue: Queue) -> Json:
    """The answer that these values make, as `Kind.read_answer` wants it; raises AnswerFault."""
    asked = {question.name for question in questions(queue)}
    strange = next((name for name in said if name not in asked), None)
    if strange is not None:
        raise AnswerFault(pointer((strange,)), f"not asked here: {', '.join(sorted(asked))} are")
    ticked = {name: said[name] for name in ("reasons", "flags") if said.get(name)}
    return {**_SPOKEN[queue.kind.name][1](said, queue.rubric), **ticked}


def _preference(said: _Values, rubric: Rubric) -> Json:
    return {"preference": _number(said.get("preference"), "preference")}


def _scores(said: _Values, rubric: Rubric) -> Json:
    names = slugs(criterion.name for criterion in rubric.criteria)
    pairs = zip(names, rubric.criteria, strict=True)
    given = {each.name: _number(said[name], name) for name, each in pairs if name in said}
    return {"scores": given}


def _named_scores(answer: Json, rubric: Rubric) -> Json:
    names = slugs(criterion.name for criterion in rubric.criteria)
    scores = answer["scores"]
    pairs = zip(names, rubric.criteria, strict=True)
    return {name: scores[each.name] for name, each in pairs if each.name in scores}


def _verdict(said: _Values, rubric: Rubric) -> Json:
    verdict = said.get("accept")
    if verdict not in ("accept", "reject"):
        raise AnswerFault("/accept", f"say accept or reject (got {verdict!r:.80})")
    return {"accept": verdict == "accept", "reason": said.get("reason", "")}


def _said_verdict(answer: Json, rubric: Rubric) -> Json:
    verdict = "accept" if answer["accept"] else "reject"
    return {"accept": verdict, "reason": answer.get("reason", "")}


def _number(value: object, name: str) -> int:
    """A whole number that came as one or as a text."""
    try:
        return int(str(value))
    except ValueError:
        raise AnswerFault(pointer((name,)), f"no whole number (got {value!r:.80})") from None


_Write = Callable[[Json, Rubric], Json]
_Read = Callable[[_Values, Rubric], Json]
_TEXT: tuple[_Write, _Read] = (
    lambda answer, _: {"text": answer["text"]},
    lambda said, _: {"text": said.get("text", "")},
)
_SPOKEN: Mapping[str, tuple[_Write, _Read]] = {
    "pairwise": (lambda answer, _: {"preference": str(answer["preference"])}, _preference),
    "attributes": (_named_scores, _scores),
    "rating": (
        lambda answer, _: {"score": answer["score"]},
        lambda said, _: {"score": _number(said.get("score"), "score")},
    ),
    "accept": (_said_verdict, _verdict),
    "rewrite": _TEXT,
    "write": _TEXT,
}
"""By kind: how an answer is put into values, and how values are read."""
