"""Our own form: one task a line. What is exported can be imported again."""

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field, Strict, ValidationError

from ingot.records import Model
from services.database.pool import Row
from services.review.interop.shapes import Gold, Incoming, Json, Queue
from services.review.kinds.faults import ItemFault, first
from services.review.kinds.texts import Text

Priority = Annotated[float, Strict(), Field(ge=0, le=1e9, allow_inf_nan=False)]
_Any = dict[str, Any]


class GoldLine(Model):
    """What is known of an item."""

    expected: _Any
    """An answer in the canonical order."""
    why: Text = ""
    """Shown to a trainee after the answer."""


class Line(Model):
    """A task to import. The last fields are those of an export; most say nothing to an import."""

    item_id: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
    """Names the item in its queue: the same again adds nothing."""
    item: _Any
    """What is asked, by the queue's kind."""
    priority: Priority = 0.0
    """Higher is asked first."""
    gold: GoldLine | None = None
    kind: str | None = None
    answers: tuple[_Any, ...] = Field(default=(), max_length=1_000)
    adjudication: _Any | None = None
    task_id: str | None = None
    purpose: str | None = None
    state: str | None = None
    guideline_n: int | None = None
    overlap: int | None = None
    created_at: str | None = None


class Jsonl:
    """One task a line."""

    media_type = "application/x-ndjson"
    array = False
    item_at = "/item"
    answers_at = "/answers"

    def read(self, raw: Any, queue: Queue) -> Incoming:
        """A line; raises ItemFault."""
        try:
            line = Line.model_validate(raw)
        except ValidationError as error:
            raise ItemFault(*first(error)) from error
        if line.kind not in (None, queue.kind.name):
            raise ItemFault(
                "/kind", f"this is {line.kind!r} and the queue is for {queue.kind.name!r}"
            )
        gold = Gold(line.gold.expected, line.gold.why) if line.gold else None
        return Incoming(line.item_id, line.item, line.priority, gold, _said(line))

    def write(self, task: Row, queue: Queue) -> Iterator[Json]:
        """All that is known of a task."""
        yield {**task, "kind": queue.kind.name}


def _said(line: Line) -> list[Any]:
    """The answers that count; what an adjudicator decided stands alone."""
    if line.adjudication is not None:
        return [line.adjudication.get("answer")]
    return [each.get("answer") for each in line.answers if each.get("counted", True)]
