"""Leases and answers: each slot of a task is answered once, each reviewer answers a task once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from ingot.errors import ReviewError
from ingot.orders import BatchState
from services.database import outbox
from services.database.pool import Connection, Row
from services.ordering.batches import next_topic
from services.ordering.keys import Principal
from services.review import repository
from services.review.schemas import AnswerIn, AnswerOut
from services.review.tasks import Verdict

_MIRRORED: dict[Verdict, Verdict] = {"A": "B", "B": "A", "tie": "tie"}


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a reviewer may work on now."""

    rows: list[Row]
    any_new: bool
    queue_state: str
    """With no rows: 'drained', or 'all_leased' where others hold all that is left."""


async def claim(conn: Connection, reviewer: Principal, limit: int) -> Claimed:
    """Give the reviewer the leases they hold, and new ones up to `limit`."""
    name, simulated = reviewer.pseudonym, reviewer.simulated
    await repository.lock_reviewer(conn, name)
    await repository.give_back_dead(conn)
    held = await repository.own_leases(conn, name, limit)
    wanted = limit - len(held)
    if wanted == 0:
        return Claimed(held, any_new=False, queue_state="")
    new = await repository.lease(conn, name, simulated, wanted, skip_locked=True)
    if not held and not new:
        new = await repository.lease_waiting(conn, name, simulated, wanted)
    if held or new:
        return Claimed(held + new, any_new=bool(new), queue_state="")
    waiting = await repository.anything_open(conn, name, simulated)
    return Claimed([], any_new=False, queue_state="all_leased" if waiting else "drained")


async def answer(
    conn: Connection, reviewer: Principal, assignment_id: str, given: AnswerIn
) -> AnswerOut | None:
    """Store an answer in the canonical order; None where the reviewer has no such assignment.

    Ownership counts, not time: after a lost lease the answer is taken while the slot is free. The
    last answer of a batch publishes the event that takes it on, in this same transaction.
    """
    assignment = await repository.lock_assignment(conn, assignment_id, reviewer.pseudonym)
    if assignment is None:
        return None
    if assignment["state"] == "submitted":
        return _repeat(assignment, await repository.stored_answer(conn, assignment_id), given)
    if assignment["state"] != "leased" and not await _retake(conn, reviewer, assignment):
        raise ReviewError("the lease ran out and others answered this task: take the next one")
    stored = await _store(conn, assignment, reviewer, given)
    if stored["answers_needed"] == 0:
        await _finish_task(conn, stored["batch_id"])
    return AnswerOut(
        assignment_id=assignment_id, verdict=given.verdict, answered_at=stored["answered_at"]
    )


async def heartbeat(conn: Connection, reviewer: Principal, assignment_id: str) -> datetime | None:
    """Keep a lease, and give its new end; None where the reviewer has no such assignment."""
    row = await repository.extend(conn, assignment_id, reviewer.pseudonym)
    if row is not None:
        expires_at: datetime = row["expires_at"]
        return expires_at
    assignment = await repository.lock_assignment(conn, assignment_id, reviewer.pseudonym)
    if assignment is None:
        return None
    raise ReviewError(f"the assignment is {assignment['state']}: take the next task")


async def release(conn: Connection, reviewer: Principal, assignment_id: str) -> bool:
    """Give a task back unanswered; False where the reviewer has no such assignment."""
    assignment = await repository.lock_assignment(conn, assignment_id, reviewer.pseudonym)
    if assignment is None:
        return False
    if assignment["state"] == "submitted":
        raise ReviewError("the task is answered and cannot be given back: take the next one")
    if assignment["state"] == "leased":
        await repository.release(conn, assignment_id)
    return True


def shown(row: Row) -> dict[str, Any]:
    """A lease as its reviewer sees it: sides swapped where so drawn, no sign of why it is asked."""
    payload = row["payload"]
    left, right = ("b", "a") if row["swapped"] else ("a", "b")
    return {
        "id": row["id"],
        "expires_at": row["expires_at"],
        "prompt": payload["prompt"],
        "a": payload[left],
        "b": payload[right],
        "instructions": payload["instructions"],
    }


def mirror(verdict: Verdict, swapped: bool) -> Verdict:
    """From what was on the screen to the canonical order, or back."""
    return _MIRRORED[verdict] if swapped else verdict


async def _retake(conn: Connection, reviewer: Principal, assignment: Row) -> bool:
    """Take the slot of a lost lease again, unless a claim of the same reviewer is just doing so."""
    await repository.lock_reviewer(conn, reviewer.pseudonym)
    return await repository.retake_slot(conn, assignment["task_id"])


async def _store(conn: Connection, assignment: Row, reviewer: Principal, given: AnswerIn) -> Row:
    fields = {
        "client_event_id": given.client_event_id,
        "verdict": mirror(given.verdict, assignment["swapped"]),
        "comment": given.comment,
        "simulated": reviewer.simulated,
        "active_ms": given.active_ms,
    }
    try:
        return await repository.store_answer(conn, assignment["id"], fields)
    except psycopg.errors.UniqueViolation as error:
        raise ReviewError(
            "client_event_id was used before, or you hold this task under a newer assignment: "
            "ask for your leases and answer that one with a fresh client_event_id"
        ) from error


async def _finish_task(conn: Connection, batch_id: str) -> None:
    batch = await repository.close_task(conn, batch_id)
    state = BatchState(batch["state"])
    if state not in (BatchState.CALIBRATING, BatchState.IN_REVIEW):
        return  # a failed batch: `resume` publishes in our place
    if (topic := next_topic(state, batch["tasks_open"])) is not None:
        await outbox.publish(conn, topic, batch_id, {})


def _repeat(assignment: Row, stored: Row, given: AnswerIn) -> AnswerOut:
    if stored["client_event_id"] != given.client_event_id:
        raise ReviewError("you answered this task already: take the next one")
    return AnswerOut(
        assignment_id=assignment["id"],
        verdict=mirror(stored["verdict"], assignment["swapped"]),
        answered_at=stored["answered_at"],
    )
