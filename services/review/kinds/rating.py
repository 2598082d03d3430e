"""One answer, scored on one scale."""

from collections.abc import Mapping
from typing import Any

from services.review.kinds.attributes import CompletionItem
from services.review.kinds.base import Answer, Kind
from services.review.kinds.presets import QUALITY
from services.review.kinds.rubric import FLAGS, Rubric
from services.review.kinds.scored import require_score
from services.review.kinds.texts import Score


class RatingAnswer(Answer):
    """A score on the rubric's criterion."""

    score: Score


class Rating(Kind[CompletionItem, RatingAnswer]):
    """The preset goes from 1 to 5."""

    name = "rating"
    scale = "ordinal"
    preset = Rubric(criteria=(QUALITY,), flags=FLAGS)
    criteria = range(1, 2)
    Item = CompletionItem
    Answer = RatingAnswer

    def fit(self, answer: RatingAnswer, item: Mapping[str, Any], rubric: Rubric) -> RatingAnswer:
        """Hold the score to the scale."""
        require_score("/score", answer.score, rubric.criteria[0])
        return answer

    def label(self, answer: Mapping[str, Any]) -> str:
        """The score."""
        return str(answer["score"])

    def values(self, answer: Mapping[str, Any]) -> dict[str, float | str]:
        """The score."""
        return {"score": float(answer["score"])}
