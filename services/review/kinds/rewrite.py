"""An answer made better by a person."""

from collections.abc import Mapping
from typing import Any

from services.review.kinds.attributes import CompletionItem
from services.review.kinds.base import Kind
from services.review.kinds.faults import AnswerFault
from services.review.kinds.rubric import FLAGS, Rubric
from services.review.kinds.write import WriteAnswer, require_length


class Rewrite(Kind[CompletionItem, WriteAnswer]):
    """What is rewritten is the last turn of the completion."""

    name = "rewrite"
    scale = "nominal"
    preset = Rubric(flags=FLAGS)
    Item = CompletionItem
    Answer = WriteAnswer

    def fit(self, answer: WriteAnswer, item: Mapping[str, Any], rubric: Rubric) -> WriteAnswer:
        """Hold the text to its lengths, and ask for a change."""
        require_length(answer.text, rubric)
        original = item["completion"][-1]["content"]
        if rubric.must_change and answer.text.split() == original.split():
            raise AnswerFault("/text", "the text is the original: change it, or skip the task")
        return answer

    def label(self, answer: Mapping[str, Any]) -> str:
        """None: texts are not counted."""
        return ""
