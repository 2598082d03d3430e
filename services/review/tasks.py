"""The pipeline's side of review: ask people something, read what they said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from ingot.errors import ReviewError
from ingot.records import Message
from services.database.pool import Connection
from services.review import repository

Purpose = Literal["calibration", "unsure", "audit"]
Verdict = Literal["A", "B", "tie"]
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class NewTask:
    """One pair to be compared by people."""

    item_id: str
    """Id of the Pair; one task per batch, item and purpose."""
    purpose: Purpose
    prompt: tuple[Message, ...]
    a: tuple[Message, ...]
    """The canonical A; each reviewer sees it left or right at random."""
    b: tuple[Message, ...]
    instructions: str = ""
    """What the reviewer is to look at."""
    priority: float = 0.0
    """Higher is asked first."""
    overlap: int = 1
    """How many different reviewers answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one reviewer said of one item, in the canonical order."""

    item_id: str
    purpose: Purpose
    verdict: Verdict
    reviewer: str
    """Pseudonym."""
    simulated: bool
    comment: str
    active_ms: int


async def create_tasks(conn: Connection, batch_id: str, tasks: Sequence[NewTask]) -> int:
    """Add tasks to a batch, and give the number of its tasks that are still open.

    A task that is there already is left as it is, so a rerun adds nothing. Do it in the transaction
    that puts the batch into `calibrating` or `in_review`: the answer that finishes the last task
    publishes `batch.calibrated` or `batch.reviewed`. Where the result is 0, nobody will answer
    anything, and the caller goes on by itself.
    """
    for start in range(0, len(tasks), _CHUNK):
        await repository.add_tasks(conn, batch_id, _columns(tasks[start : start + _CHUNK]))
    still_open = await repository.tasks_open(conn, batch_id)
    if still_open is None:
        raise ReviewError(f"there is no batch {batch_id!r} to review; check the id")
    return still_open


async def answers(conn: Connection, batch_id: str, purpose: Purpose | None = None) -> list[Answer]:
    """All answers of a batch in the order in which they were given."""
    return [Answer(**row) for row in await repository.answers(conn, batch_id, purpose)]


def _columns(tasks: Iterable[NewTask]) -> dict[str, list[Any]]:
    rows = [(t.item_id, t.purpose, _payload(t), t.priority, t.overlap) for t in tasks]
    names = ("item_id", "purpose", "payload", "priority", "overlap")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def _payload(task: NewTask) -> str:
    content = {
        "prompt": [message.model_dump() for message in task.prompt],
        "a": [message.model_dump() for message in task.a],
        "b": [message.model_dump() for message in task.b],
        "instructions": task.instructions,
    }
    return orjson.dumps(content).decode()
