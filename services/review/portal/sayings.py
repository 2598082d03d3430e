"""Answers in words: what an adjudicator or a QA lead reads in place of JSON."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from services.review.kinds import Rubric

Answer = Mapping[str, Any]
Line = tuple[str, str]
"""What it is about, and what was said; '' before a text that needs no name."""
_STRENGTH = ("", "a little better", "better", "much better")
_TRUTH = {"right": "right", "wrong": "wrong", "unclear": "cannot be told"}


def say(kind: str, answer: Answer) -> list[Line]:
    """A canonical answer, line by line."""
    lines = list(_SAYINGS[kind](answer))
    for name in ("reasons", "flags"):
        if answer.get(name):
            lines.append((name, ", ".join(answer[name])))
    return lines


def choices(kind: str, rubric: Rubric) -> list[tuple[str, dict[str, Any]]]:
    """Answers that can be chosen from a list, in words; [] where there are too many."""
    if kind == "pairwise":
        steps = range(-rubric.steps, rubric.steps + 1)
        return [(_preference(n), {"preference": n}) for n in steps if n or rubric.tie]
    if kind == "rating":
        scale = rubric.criteria[0]
        return [(str(n), {"score": n}) for n in range(scale.low, scale.high + 1)]
    if kind == "accept":
        return [("accept", {"accept": True, "reason": ""})]
    return []


def _pairwise(answer: Answer) -> Iterator[Line]:
    yield "", _preference(answer["preference"])


def _preference(preference: int) -> str:
    if preference == 0:
        return "tie"
    return f"{'A' if preference < 0 else 'B'} is {_STRENGTH[abs(preference)]}"


def _ranking(answer: Answer) -> Iterator[Line]:
    groups = (" = ".join(str(place + 1) for place in group) for group in answer["order"])
    yield "best first", " > ".join(groups)


def _attributes(answer: Answer) -> Iterator[Line]:
    for criterion, score in answer["scores"].items():
        yield criterion, str(score)


def _rating(answer: Answer) -> Iterator[Line]:
    yield "score", str(answer["score"])


def _accept(answer: Answer) -> Iterator[Line]:
    yield "", "accept" if answer["accept"] else "reject"
    if answer.get("reason"):
        yield "reason", answer["reason"]


def _text(answer: Answer) -> Iterator[Line]:
    yield "", answer["text"]


def _turns(answer: Answer) -> Iterator[Line]:
    for each in answer["turns"]:
        yield f"turn {each['turn'] + 1}", str(each["score"])
    yield "as a whole", str(answer["whole"])


def _trajectory(answer: Answer) -> Iterator[Line]:
    yield "outcome", "success" if answer["success"] else "failure"
    first = answer["first_error"]
    yield "first error", "none" if first is None else f"turn {first + 1}"
    for each in answer["steps"]:
        yield f"turn {each['step'] + 1}", each["grade"]


def _facts(answer: Answer) -> Iterator[Line]:
    yield "the answer is", _TRUTH[answer["verdict"]]
    for each in answer.get("claims", ()):
        source = f" ({each['source']})" if each.get("source") else ""
        yield f"claim {each['claim'] + 1}", f"{each['verdict']}{source}"


_SAYINGS: Mapping[str, Callable[[Answer], Iterator[Line]]] = {
    "pairwise": _pairwise,
    "ranking": _ranking,
    "attributes": _attributes,
    "rating": _rating,
    "accept": _accept,
    "rewrite": _text,
    "write": _text,
    "turns": _turns,
    "trajectory": _trajectory,
    "facts": _facts,
}
