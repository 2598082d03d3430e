"""Whether an answer is true, with what a verifier says of it beside it."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import FailFast, Field

from ingot.records import Model
from services.review.kinds.attributes import CompletionItem
from services.review.kinds.base import Answer, Kind
from services.review.kinds.faults import AnswerFault
from services.review.kinds.rubric import FLAGS, Rubric
from services.review.kinds.texts import Position, Text, Word


class Check(Model):
    """What a program found."""

    name: Word
    outcome: Word
    reason: Text = ""


class FactsItem(CompletionItem):
    """An answer, and what is known of it."""

    claims: Annotated[tuple[Text, ...], FailFast(), Field(max_length=100)] = ()
    """Statements of the answer that are judged one by one."""
    checks: Annotated[tuple[Check, ...], FailFast(), Field(max_length=100)] = ()


class ClaimVerdict(Model):
    """What became of one claim."""

    claim: Position
    verdict: Literal["supported", "refuted", "unclear"]
    source: Text = ""
    """Where it says so."""


class FactsAnswer(Answer):
    """A verdict over the answer and over each claim."""

    verdict: Literal["right", "wrong", "unclear"]
    claims: Annotated[tuple[ClaimVerdict, ...], FailFast(), Field(max_length=100)] = ()


class Facts(Kind[FactsItem, FactsAnswer]):
    """The claims are the item's; where it names none, none are judged."""

    name = "facts"
    scale = "nominal"
    preset = Rubric(flags=FLAGS)
    Item = FactsItem
    Answer = FactsAnswer

    def fit(self, answer: FactsAnswer, item: Mapping[str, Any], rubric: Rubric) -> FactsAnswer:
        """Have each claim once, in their order."""
        wanted = list(range(len(item.get("claims", ()))))
        given = [each.claim for each in answer.claims]
        if sorted(given) != wanted:
            raise AnswerFault("/claims", f"judge each of the claims {wanted} once (got {given})")
        return answer.model_copy(update={"claims": _in_order(answer.claims)})

    def label(self, answer: Mapping[str, Any]) -> str:
        """The verdict."""
        return str(answer["verdict"])

    def values(self, answer: Mapping[str, Any]) -> dict[str, float | str]:
        """The verdict."""
        return {"verdict": self.label(answer)}


def _in_order(claims: Iterable[ClaimVerdict]) -> tuple[ClaimVerdict, ...]:
    return tuple(sorted(claims, key=lambda each: each.claim))
