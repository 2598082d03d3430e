"""A row of a file, checked against the queue and made ready for the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Annotated, Any, Literal

import orjson
from pydantic import Field, Strict, StringConstraints, ValidationError

from ingot.records import Model
from services.review.interop.pieces import Piece
from services.review.interop.shapes import Format, Gold, Incoming, Json, Queue
from services.review.kinds import AnswerFault, ItemFault
from services.review.kinds.faults import Fault, first
from services.review.kinds.texts import Text

Answers = Literal["leave_out", "gold"]
"""What becomes of the answers in a file: nothing, or what is known of the item."""


class _Head(Model):
    item_id: Annotated[str, StringConstraints(pattern=r"^[^\x00]{1,200}$")]
    priority: Annotated[float, Strict(), Field(ge=0, le=1e9, allow_inf_nan=False)]
    why: Text


@dataclass(frozen=True, slots=True)
class Ready:
    """A task as the database takes it."""

    place: int
    """The row's number in the file, from 1."""
    item_id: str
    payload: str
    priority: float
    expected: str | None
    label: str | None
    """None unless it is gold."""
    why: str
    left_out: int
    """Answers of the file that are not taken."""


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that does not fit."""

    place: int
    pointer: str
    """JSON Pointer into the row."""
    detail: str


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads a file's rows for a queue."""

    queue: Queue
    format: Format
    answers: Answers

    def chunk(self, rows: Iterator[Piece], count: int) -> list[Ready | Bad]:
        """The next rows, at most so many."""
        return [self._row(place, raw) for place, raw in islice(rows, count)]

    def _row(self, place: int, raw: bytes) -> Ready | Bad:
        try:
            incoming = self.format.read(orjson.loads(raw), self.queue)
            return self._ready(place, incoming)
        except orjson.JSONDecodeError as error:
            return Bad(place, "", f"this is not JSON: {error}")
        except Fault as fault:
            return Bad(place, fault.pointer, fault.detail)

    def _ready(self, place: int, incoming: Incoming) -> Ready:
        kind = self.queue.kind
        with _within(self.format.item_at):
            item = kind.read_item(incoming.item).model_dump(mode="json", exclude_defaults=True)
        gold = incoming.gold or self._agreed(incoming, item)
        head = _head(incoming, gold)
        with _within("/gold/expected" if incoming.gold else self.format.answers_at):
            expected = self._expected(gold.expected, item) if gold else None
        if self.queue.training and expected is None:
            raise ItemFault("/gold", "a training queue takes gold only: say what is expected")
        return Ready(
            place,
            head.item_id,
            _text(item),
            head.priority,
            _text(expected) if expected else None,
            kind.label(expected) if expected else None,
            head.why,
            len(incoming.answers) if gold is None or incoming.gold else 0,
        )

    def _agreed(self, incoming: Incoming, item: Json) -> Gold | None:
        """What the file's answers say, where they are to be gold and are all the same."""
        if self.answers == "leave_out" or not incoming.answers:
            return None
        with _within(self.format.answers_at):
            checked = [self._expected(answer, item) for answer in incoming.answers]
        labels = {self.queue.kind.label(answer) for answer in checked}
        return Gold(incoming.answers[0]) if len(labels) == 1 else None

    def _expected(self, answer: Any, item: Json) -> Json:
        answer = self.queue.kind.read_answer(answer, item, self.queue.rubric)
        if not self.queue.kind.label(answer):
            raise AnswerFault("", "such an answer has no label to compare: it cannot be gold")
        return dict(answer)


@contextmanager
def _within(place: str) -> Iterator[None]:
    """Have faults point into this part of the row."""
    try:
        yield
    except Fault as fault:
        raise type(fault)(place + fault.pointer, fault.detail) from None


def _head(incoming: Incoming, gold: Gold | None) -> _Head:
    why = gold.why if gold else ""
    try:
        return _Head(item_id=incoming.item_id, priority=incoming.priority, why=why)
    except ValidationError as error:
        raise ItemFault(*first(error)) from error


def _text(value: Json) -> str:
    return orjson.dumps(value).decode()
