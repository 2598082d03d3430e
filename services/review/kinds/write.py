"""A prompt or an answer that a person writes."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import FailFast, Field, model_validator

from services.review.kinds.base import Answer, Item, Kind
from services.review.kinds.faults import AnswerFault
from services.review.kinds.rubric import FLAGS, Rubric
from services.review.kinds.texts import LongText, Said, Text


class WriteItem(Item):
    """What shall be written."""

    wanted: Literal["prompt", "answer"]
    brief: Text
    """What the text shall be like."""
    prompt: Annotated[tuple[Said, ...], FailFast(), Field(max_length=1_000)] = ()
    """What is answered; before a prompt, the conversation that it goes on from."""

    @model_validator(mode="after")
    def _has_a_prompt(self) -> Self:
        if self.wanted == "answer" and not self.prompt:
            raise ValueError("an answer needs the prompt that it answers: add 'prompt'")
        return self


class WriteAnswer(Answer):
    """The text."""

    text: LongText


class Write(Kind[WriteItem, WriteAnswer]):
    """From scratch."""

    name = "write"
    scale = "nominal"
    preset = Rubric(flags=FLAGS)
    Item = WriteItem
    Answer = WriteAnswer

    def fit(self, answer: WriteAnswer, item: Mapping[str, Any], rubric: Rubric) -> WriteAnswer:
        """Hold the text to its lengths."""
        require_length(answer.text, rubric)
        return answer

    def label(self, answer: Mapping[str, Any]) -> str:
        """None: texts are not counted."""
        return ""


def require_length(text: str, rubric: Rubric) -> None:
    """Refuse a text with fewer or more characters than the rubric wants, margins not counted."""
    chars = len(text.strip())
    if chars < rubric.min_chars:
        raise AnswerFault("/text", f"{chars} characters are too few: write {rubric.min_chars}")
    if chars > rubric.max_chars:
        raise AnswerFault("/text", f"{chars} characters are too many: at most {rubric.max_chars}")
