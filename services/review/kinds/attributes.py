"""One answer, scored on several criteria."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from services.review.kinds.base import Answer, Item, Kind
from services.review.kinds.faults import AnswerFault, pointer
from services.review.kinds.presets import HELPSTEER
from services.review.kinds.rubric import FLAGS, Rubric
from services.review.kinds.scored import require_score
from services.review.kinds.texts import Conversation, Score, Word


class CompletionItem(Item):
    """One answer to one prompt."""

    prompt: Conversation
    completion: Conversation


class AttributesAnswer(Answer):
    """A score for each criterion."""

    scores: Annotated[dict[Word, Score], Field(max_length=20)]


class Attributes(Kind[CompletionItem, AttributesAnswer]):
    """The preset are the five attributes of HelpSteer."""

    name = "attributes"
    scale = "ordinal"
    preset = Rubric(criteria=HELPSTEER, flags=FLAGS)
    criteria = range(1, 21)
    Item = CompletionItem
    Answer = AttributesAnswer

    def fit(
        self, answer: AttributesAnswer, item: Mapping[str, Any], rubric: Rubric
    ) -> AttributesAnswer:
        """Have a score for each criterion and nothing else, in the rubric's order."""
        known = {criterion.name: criterion for criterion in rubric.criteria}
        missing = next((name for name in known if name not in answer.scores), None)
        if missing is not None:
            raise AnswerFault(
                pointer(("scores", missing)), f"{missing!r} has no score yet: give one"
            )
        for name, score in answer.scores.items():
            if name not in known:
                raise AnswerFault(pointer(("scores", name)), "no such criterion: leave it out")
            require_score(pointer(("scores", name)), score, known[name])
        return answer.model_copy(update={"scores": {name: answer.scores[name] for name in known}})

    def label(self, answer: Mapping[str, Any]) -> str:
        """The score of the rubric's first criterion."""
        return str(next(iter(answer["scores"].values())))

    def values(self, answer: Mapping[str, Any]) -> dict[str, float | str]:
        """All scores."""
        return {name: float(score) for name, score in answer["scores"].items()}
