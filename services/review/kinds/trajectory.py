"""An agent's run: a grade for each step, the first error, and whether it succeeded."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

from pydantic import FailFast, Field

from ingot.records import Model
from services.review.kinds.base import Answer, Json, Kind
from services.review.kinds.faults import AnswerFault
from services.review.kinds.rubric import FLAGS, Rubric
from services.review.kinds.texts import Position, Truth
from services.review.kinds.tools import Tools
from services.review.kinds.turns import TurnsItem, graded, require_assistant, require_each


class TrajectoryItem(TurnsItem):
    """An agent's run, and the tools that it had."""

    tools: Tools = ()
    """In the OpenAI form."""


class StepGrade(Model):
    """What one step is worth."""

    step: Position
    """The place of the assistant's turn in `messages`."""
    grade: Literal["good", "neutral", "bad"]


class TrajectoryAnswer(Answer):
    """A grade for each of the assistant's turns."""

    steps: Annotated[tuple[StepGrade, ...], FailFast(), Field(max_length=1_000)]
    first_error: Position | None
    """The first step graded bad."""
    success: Truth
    """Whether what was asked for is done in the end."""


class Trajectory(Kind[TrajectoryItem, TrajectoryAnswer]):
    """Steps are the assistant's turns."""

    name = "trajectory"
    scale = "nominal"
    preset = Rubric(flags=FLAGS)
    Item = TrajectoryItem
    Answer = TrajectoryAnswer

    def read_item(self, raw: Mapping[str, Any]) -> TrajectoryItem:
        """The item; raises ItemFault, also where there is nothing to grade."""
        return require_assistant(super().read_item(raw))

    def fit(
        self, answer: TrajectoryAnswer, item: Mapping[str, Any], rubric: Rubric
    ) -> TrajectoryAnswer:
        """Have each step once, in their order, and the first bad one named."""
        require_each("/steps", [each.step for each in answer.steps], graded(item))
        first_bad = min((each.step for each in answer.steps if each.grade == "bad"), default=None)
        if answer.first_error != first_bad:
            wanted = "null, as no step is bad" if first_bad is None else first_bad
            raise AnswerFault(
                "/first_error",
                f"the first step graded bad and the first error are the same: give {wanted}, "
                "or grade anew",
            )
        return answer.model_copy(update={"steps": _in_order(answer.steps)})

    def shown(self, item: Mapping[str, Any], presented: int) -> Json:
        """With `graded`, the places of the steps."""
        return {**item, "graded": graded(item)}

    def label(self, answer: Mapping[str, Any]) -> str:
        """Success or failure."""
        return "success" if answer["success"] else "failure"

    def values(self, answer: Mapping[str, Any]) -> dict[str, float | str]:
        """The outcome, and where the first error is."""
        first_error = answer["first_error"]
        where = "none" if first_error is None else str(first_error)
        return {"success": self.label(answer), "first_error": where}


def _in_order(steps: Iterable[StepGrade]) -> tuple[StepGrade, ...]:
    return tuple(sorted(steps, key=lambda each: each.step))
