"""The pipeline's side of review: ask people something, read what they said."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from ingot.errors import ReviewError
from ingot.orders import ReviewTerms
from ingot.records import Message
from services.database.pool import Connection
from services.review import tasks_repository as repository
from services.review.queue.queues import guideline_sha256

Purpose = Literal["calibration", "unsure", "audit"]
Verdict = Literal["A", "B", "tie"]
AUDITED = "batch.audited"
"""Topic of the event that an audited item has all its answers, while the batch has open tasks; with
the last task `batch.reviewed` takes its place."""
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
    """What the reviewer is to look at; the first task's are the queue's first guideline, unless the
    order brings its own."""
    priority: float = 0.0
    """Uncertainty times value. Higher is asked first, and what waits a day longer counts as if this
    were e times as much."""
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
    guideline_n: int = 1
    """The version of the guideline under which it was given."""
    adjudicated: bool = False
    """True where an adjudicator decided the item, after the others disagreed: this one stands."""


async def create_tasks(conn: Connection, batch_id: str, tasks: Sequence[NewTask]) -> int:
    """Add tasks to a batch, and give the number of its tasks that are still open.

    The first ones make the queue of the batch's order, with the terms that the order sets.
    A task that is there already is left as it is, so a rerun adds nothing. Do it in the transaction
    that puts the batch into `calibrating` or `in_review`: the answer that finishes the last task
    publishes `batch.calibrated` or `batch.reviewed`. Where the result is 0, nobody will answer
    anything, and the caller goes on by itself.
    """
    terms = await repository.review_terms(conn, batch_id)
    if terms is None:
        raise ReviewError(f"there is no batch {batch_id!r} to review; check the id")
    if tasks:
        fields = _queue(ReviewTerms.model_validate(terms), tasks[0].instructions)
        await repository.ensure_queue(conn, batch_id, fields)
    for start in range(0, len(tasks), _CHUNK):
        await repository.add_tasks(conn, batch_id, _columns(tasks[start : start + _CHUNK]))
    return await repository.tasks_open(conn, batch_id)


async def answers(conn: Connection, batch_id: str, purpose: Purpose | None = None) -> list[Answer]:
    """All answers of a batch that count, and its adjudications, in the order in which they came."""
    return [Answer(**row) for row in await repository.answers(conn, batch_id, purpose)]


async def asked(conn: Connection, batch_id: str) -> set[str]:
    """The ids of the items that have a task in a batch, answered or not."""
    return set(await repository.asked(conn, batch_id))


async def left_out(conn: Connection, batch_id: str) -> set[str]:
    """The ids of the items of which nobody's answer stands and nobody is asked any more."""
    return set(await repository.cancelled(conn, batch_id))


def _queue(terms: ReviewTerms, instructions: str) -> dict[str, Any]:
    """The columns of an order's queue and of its first guideline."""
    body = terms.guideline or instructions
    named = ("overlap", "agree_share", "adjudicate", "gold_every", "skill", "pay_minor")
    return {
        **{name: getattr(terms, name) for name in (*named, "currency", "weight")},
        "max_overlap": terms.most_answers,
        "simulated_ok": terms.reviewers == "simulated",
        "body": body,
        "sha256": guideline_sha256(body, {}),
    }


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
