"""All that one answer shows: pure, so that a doubtful flag can be computed anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from services.review.evidence import answers, behaviour, likeness
from services.review.evidence.found import Evidence
from services.review.evidence.words import runs
from services.review.evidence.writing import Writing

TASK_CHARS = 100_000
"""In a longer task quotes are not looked for, so its answers are not compared."""


@dataclass(frozen=True)
class Written:
    """An answer with text, and what it is compared with."""

    kind: str
    item: Mapping[str, Any]
    text: str
    writing: Writing | None = None
    """None where the answer did not come from the page."""
    models: Sequence[str] = ()
    """Models' answers to the same prompt, other than those in the task."""
    others: Mapping[str, str] = field(default_factory=dict)
    """Other reviewers' texts of the same queue, by assignment."""

    @cached_property
    def task_runs(self) -> set[int]:
        """Runs of words that may be quoted."""
        return runs(self._task, TASK_CHARS)

    @cached_property
    def own_runs(self) -> set[int]:
        """Runs of words that the reviewer did not find in the task; none where it is too long."""
        return runs(self.text) - self.task_runs if len(self._task) <= TASK_CHARS else set()

    @cached_property
    def _task(self) -> str:
        return answers.task_text(self.item)


def assess(written: Written) -> list[Evidence]:
    """What the answer shows, by every rule."""
    own, task = written.own_runs, written.task_runs
    found = list(likeness.like_others(own, {n: runs(t) for n, t in written.others.items()}))
    found += likeness.like_models(own, [runs(text) - task for text in written.models])
    if written.writing is not None:
        found += behaviour.find(written.writing)
    return found
