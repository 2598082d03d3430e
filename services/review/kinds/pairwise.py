"""Which of two answers is better, and by how much."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from services.review.kinds.base import Answer, Item, Json, Kind
from services.review.kinds.faults import AnswerFault
from services.review.kinds.rubric import FLAGS, Rubric
from services.review.kinds.texts import Conversation, Int


class PairwiseItem(Item):
    """Two answers to one prompt."""

    prompt: Conversation
    a: Conversation
    b: Conversation


class PairwiseAnswer(Answer):
    """A graded preference."""

    preference: Annotated[Int, Field(ge=-3, le=3)]
    """Below 0 the left one (canonical: A) is better, above 0 the right one; 0 is a tie."""


class Pairwise(Kind[PairwiseItem, PairwiseAnswer]):
    """A stands left where `presented` is even."""

    name = "pairwise"
    scale = "ordinal"
    preset = Rubric(
        reasons=("correct", "helpful", "complete", "clear", "concise", "safe", "style"),
        flags=FLAGS,
    )
    Item = PairwiseItem
    Answer = PairwiseAnswer

    def fit(
        self, answer: PairwiseAnswer, item: Mapping[str, Any], rubric: Rubric
    ) -> PairwiseAnswer:
        """Hold the preference to the rubric, and ask for a reason where it must have one."""
        strength = abs(answer.preference)
        if strength > rubric.steps:
            raise AnswerFault("/preference", f"{strength} is too strong: at most {rubric.steps}")
        if strength == 0 and not rubric.tie:
            raise AnswerFault("/preference", "a tie is not asked for: say which is better")
        if 0 < rubric.reasons_from <= strength and not answer.reasons:
            raise AnswerFault("/reasons", f"a preference of {strength} needs a reason: tick one")
        return answer

    def shown(self, item: Mapping[str, Any], presented: int) -> Json:
        """`a` is what stands left."""
        sides = (item["b"], item["a"]) if presented % 2 else (item["a"], item["b"])
        return {**item, "a": sides[0], "b": sides[1]}

    def canonical(self, answer: Json, item: Mapping[str, Any], presented: int) -> Json:
        """Left and right become A and B."""
        return _mirrored(answer, presented)

    def on_screen(self, answer: Json, item: Mapping[str, Any], presented: int) -> Json:
        """A and B become left and right."""
        return _mirrored(answer, presented)

    def label(self, answer: Mapping[str, Any]) -> str:
        """A, B or tie."""
        preference = answer["preference"]
        return "tie" if preference == 0 else "A" if preference < 0 else "B"

    def values(self, answer: Mapping[str, Any]) -> dict[str, float | str]:
        """The graded preference."""
        return {"preference": float(answer["preference"])}


def _mirrored(answer: Json, presented: int) -> Json:
    return {**answer, "preference": -answer["preference"]} if presented % 2 else answer
