"""Two to eight answers, the best first."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import FailFast, Field

from services.review.kinds.base import Answer, Item, Json, Kind
from services.review.kinds.faults import AnswerFault
from services.review.kinds.rubric import FLAGS, Rubric
from services.review.kinds.texts import Conversation, Position

Groups = Iterable[Iterable[int]]


class RankingItem(Item):
    """Several answers to one prompt."""

    prompt: Conversation
    answers: Annotated[tuple[Conversation, ...], FailFast(), Field(min_length=2, max_length=8)]


class RankingAnswer(Answer):
    """The answers' positions, the best first; a group is a tie."""

    order: Annotated[
        tuple[Annotated[tuple[Position, ...], FailFast(), Field(min_length=1, max_length=8)], ...],
        FailFast(),
        Field(min_length=1, max_length=8),
    ]


class Ranking(Kind[RankingItem, RankingAnswer]):
    """The order on the screen is the permutation that `presented` counts to."""

    name = "ranking"
    scale = "ordinal"
    preset = Rubric(
        reasons=("correct", "helpful", "complete", "clear", "concise", "safe", "style"),
        flags=FLAGS,
    )
    Item = RankingItem
    Answer = RankingAnswer

    def fit(self, answer: RankingAnswer, item: Mapping[str, Any], rubric: Rubric) -> RankingAnswer:
        """Have each answer once, groups in ascending order."""
        count = len(item["answers"])
        ranked = [position for group in answer.order for position in group]
        if sorted(ranked) != list(range(count)):
            raise AnswerFault("/order", f"name each of 0 to {count - 1} once (got {ranked})")
        if not rubric.tie and len(answer.order) < count:
            raise AnswerFault("/order", "ties are not asked for: put each answer on its own place")
        return answer.model_copy(update={"order": _tidy(answer.order)})

    def shown(self, item: Mapping[str, Any], presented: int) -> Json:
        """`answers` in the order of the screen."""
        answers = item["answers"]
        return {**item, "answers": [answers[i] for i in permutation(presented, len(answers))]}

    def canonical(self, answer: Json, item: Mapping[str, Any], presented: int) -> Json:
        """Places on the screen become places in the item."""
        return _renamed(answer, permutation(presented, len(item["answers"])))

    def on_screen(self, answer: Json, item: Mapping[str, Any], presented: int) -> Json:
        """Places in the item become places on the screen."""
        drawn = permutation(presented, len(item["answers"]))
        return _renamed(answer, [drawn.index(place) for place in range(len(drawn))])

    def label(self, answer: Mapping[str, Any]) -> str:
        """As in 0>1=2."""
        return ">".join("=".join(map(str, group)) for group in answer["order"])

    def values(self, answer: Mapping[str, Any]) -> dict[str, float | str]:
        """Each answer's rank from 1; tied ones share the mean of their ranks."""
        ranks: dict[str, float | str] = {}
        before = 0
        for group in answer["order"]:
            ranks |= {f"rank of {place}": before + (len(group) + 1) / 2 for place in group}
            before += len(group)
        return dict(sorted(ranks.items()))


def permutation(draw: int, count: int) -> list[int]:
    """The draw-th of the orders of so many things, counted modulo their number; 0 changes none."""
    left = list(range(count))
    digits = []
    for base in range(1, count + 1):
        draw, digit = divmod(draw, base)
        digits.append(digit)
    return [left.pop(digit) for digit in reversed(digits)]


def _renamed(answer: Json, names: list[int]) -> Json:
    named = _tidy([names[place] for place in group] for group in answer["order"])
    return {**answer, "order": [list(group) for group in named]}


def _tidy(groups: Groups) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(sorted(group)) for group in groups)
