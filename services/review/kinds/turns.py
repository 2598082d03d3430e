"""A conversation, each of the assistant's turns scored and the whole."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import FailFast, Field

from ingot.records import Model
from services.review.kinds.base import Answer, Item, Json, Kind
from services.review.kinds.faults import AnswerFault, ItemFault
from services.review.kinds.presets import TURN, WHOLE
from services.review.kinds.rubric import FLAGS, Rubric
from services.review.kinds.scored import require_score
from services.review.kinds.texts import Conversation, Position, Score


class TurnsItem(Item):
    """A conversation."""

    messages: Conversation


TurnsItemT = TypeVar("TurnsItemT", bound=TurnsItem)


class TurnScore(Model):
    """What one turn is worth."""

    turn: Position
    """Its place in `messages`."""
    score: Score


class TurnsAnswer(Answer):
    """A score for each of the assistant's turns, and one for the whole."""

    turns: Annotated[tuple[TurnScore, ...], FailFast(), Field(max_length=1_000)]
    whole: Score


class Turns(Kind[TurnsItem, TurnsAnswer]):
    """The rubric's first criterion is for turns, its last for the whole."""

    name = "turns"
    scale = "ordinal"
    preset = Rubric(criteria=(TURN, WHOLE), flags=FLAGS)
    criteria = range(1, 3)
    Item = TurnsItem
    Answer = TurnsAnswer

    def read_item(self, raw: Mapping[str, Any]) -> TurnsItem:
        """The item; raises ItemFault, also where there is nothing to score."""
        return require_assistant(super().read_item(raw))

    def fit(self, answer: TurnsAnswer, item: Mapping[str, Any], rubric: Rubric) -> TurnsAnswer:
        """Have each of the assistant's turns once, in their order."""
        require_each("/turns", [each.turn for each in answer.turns], graded(item))
        for place, each in enumerate(answer.turns):
            require_score(f"/turns/{place}/score", each.score, rubric.criteria[0])
        require_score("/whole", answer.whole, rubric.criteria[-1])
        return answer.model_copy(update={"turns": _in_order(answer.turns)})

    def shown(self, item: Mapping[str, Any], presented: int) -> Json:
        """With `graded`, the places of the turns to be scored."""
        return {**item, "graded": graded(item)}

    def label(self, answer: Mapping[str, Any]) -> str:
        """The score of the whole."""
        return str(answer["whole"])

    def values(self, answer: Mapping[str, Any]) -> dict[str, float | str]:
        """The score of the whole, and the turns' mean."""
        scores = [each["score"] for each in answer["turns"]]
        return {"whole": float(answer["whole"]), "turns": sum(scores) / len(scores)}


def graded(item: Mapping[str, Any]) -> list[int]:
    """The places of the assistant's turns."""
    return [place for place, turn in enumerate(item["messages"]) if turn["role"] == "assistant"]


def require_assistant(item: TurnsItemT) -> TurnsItemT:
    """Refuse a conversation in which the assistant says nothing."""
    if all(turn.role != "assistant" for turn in item.messages):
        raise ItemFault("/messages", "no turn is the assistant's: there is nothing to grade")
    return item


def require_each(pointer: str, given: list[int], wanted: list[int]) -> None:
    """Refuse a list that does not name each of the assistant's turns once."""
    missing = [place for place in wanted if place not in given]
    if missing:
        raise AnswerFault(pointer, f"turn {missing[0]} has no grade yet: give one")
    if sorted(given) != wanted:
        raise AnswerFault(pointer, f"name each of {wanted} once (got {given})")


def _in_order(turns: Iterable[TurnScore]) -> tuple[TurnScore, ...]:
    return tuple(sorted(turns, key=lambda each: each.turn))
