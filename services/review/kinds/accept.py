"""Whether one answer is good enough, and why not."""

from collections.abc import Mapping
from typing import Any

from services.review.kinds.attributes import CompletionItem
from services.review.kinds.base import Answer, Kind
from services.review.kinds.faults import AnswerFault
from services.review.kinds.rubric import FLAGS, Rubric
from services.review.kinds.texts import Text, Truth


class AcceptAnswer(Answer):
    """A yes, or a no with its reason."""

    accept: Truth
    reason: Text = ""


class Accept(Kind[CompletionItem, AcceptAnswer]):
    """A rejection needs a reason, in words or ticked."""

    name = "accept"
    scale = "nominal"
    preset = Rubric(
        reasons=("wrong", "incomplete", "off_topic", "unclear", "unsafe", "style"), flags=FLAGS
    )
    Item = CompletionItem
    Answer = AcceptAnswer

    def fit(self, answer: AcceptAnswer, item: Mapping[str, Any], rubric: Rubric) -> AcceptAnswer:
        """Ask for the reason of a rejection."""
        if answer.accept or answer.reasons or len(answer.reason.strip()) >= rubric.reason_chars:
            return answer
        raise AnswerFault(
            "/reason", f"say in {rubric.reason_chars} characters or more why, or tick a reason"
        )

    def label(self, answer: Mapping[str, Any]) -> str:
        """Accept or reject."""
        return "accept" if answer["accept"] else "reject"

    def values(self, answer: Mapping[str, Any]) -> dict[str, float | str]:
        """The label."""
        return {"accept": self.label(answer)}
