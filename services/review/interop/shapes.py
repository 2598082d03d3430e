"""What all formats are read into and written from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ingot.errors import ReviewError
from services.database.pool import Row
from services.review.kinds import Kind, Rubric

Json = dict[str, Any]


class InteropFault(ReviewError):
    """A file or a wish that does not fit the queue."""

    status = 422


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue that tasks come into or go out of."""

    id: str
    name: str
    kind: Kind[Any, Any]
    rubric: Rubric
    """Complete: presets are filled in."""
    training: bool
    """Whether it takes gold only."""
    overlap: int
    body: str
    """The guideline that is in force."""


@dataclass(frozen=True, slots=True)
class Gold:
    """What is known of an item."""

    expected: Any
    """An answer in the canonical order, not checked yet."""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One task of a file, not checked against the queue yet."""

    item_id: str
    item: Any
    priority: float = 0.0
    gold: Gold | None = None
    answers: Sequence[Any] = ()
    """What others said of it, in the canonical order."""


class Format(Protocol):
    """A form in which tasks travel."""

    media_type: str
    array: bool
    """Whether a file is one JSON array, or else one object a line."""

    item_at: str
    """Where the item stands in a row, as a JSON Pointer."""
    answers_at: str

    def read(self, raw: Any, queue: Queue) -> Incoming:
        """One task of a file; raises `kinds.faults.Fault`."""
        ...

    def write(self, task: Row, queue: Queue) -> Iterable[Json]:
        """What a task, as `repository.tasks` gives it, is in a file."""
        ...
