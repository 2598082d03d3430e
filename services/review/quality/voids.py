"""Voids: an answer stops to count when one person asks for it and another confirms.

It stays stored and paid. Where people still work on the batch, somebody else is asked instead.
"""

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from ingot.errors import ReviewError
from ingot.records import Model
from services.accounts.keys import Principal
from services.database import trail
from services.database.pool import Connection, Row
from services.review.quality import voids_repository as repository
from services.review.quality.faults import unknown

Reason = Annotated[str, StringConstraints(min_length=1, max_length=2_000, pattern=r"^[^\x00]*$")]
_ANSWERED = ("submitted", "surplus")


class VoidRequest(Model):
    """What somebody asked for, and what another one said."""

    assignment_id: str
    reason: str
    asked_by: str
    asked_at: datetime
    decided_by: str
    """'' while it waits for a second person."""
    confirmed: bool | None


class OpenVoid(VoidRequest):
    """A request that waits for a second person."""

    task_id: str
    reviewer: str
    queue_id: str
    queue_name: str


async def list_open(
    conn: Connection, tenant: str, *, after: str = "", limit: int = 50
) -> tuple[OpenVoid, ...]:
    """Requests of a tenant that wait for a second person, in the order of their assignments."""
    rows = await repository.open_requests(conn, tenant, after, limit)
    return tuple(OpenVoid(**row) for row in rows)


async def ask(conn: Connection, who: Principal, assignment_id: str, reason: str) -> VoidRequest:
    """Ask for a void. Raises Unknown, and ReviewError where it cannot be or was asked before."""
    assignment = await _locked(conn, who, assignment_id)
    if assignment["state"] not in _ANSWERED:
        raise ReviewError(f"the assignment is {assignment['state']}: only answers are voided")
    if not await repository.ask(conn, assignment_id, who.name, reason):
        raise ReviewError("somebody asked for this before: look at what was decided")
    await trail.audit(conn, who.name, "void.asked", assignment_id, {"reason": reason})
    return await _request(conn, assignment_id)


async def decide(
    conn: Connection, who: Principal, assignment_id: str, confirm: bool
) -> VoidRequest:
    """Confirm or decline a void as the second person. Raises Unknown and ReviewError."""
    assignment = await _locked(conn, who, assignment_id)
    asked = await _request(conn, assignment_id)
    if asked.decided_by:
        raise ReviewError(f"{asked.decided_by} decided this before: nothing is left to decide")
    if asked.asked_by == who.name:
        raise ReviewError("you asked for this void yourself: a second person has to confirm it")
    await repository.decide(conn, assignment_id, who.name, confirm)
    if confirm:
        await _void(conn, assignment, asked.reason)
    action = "void.confirmed" if confirm else "void.declined"
    await trail.audit(conn, who.name, action, assignment_id, {"reason": asked.reason})
    return await _request(conn, assignment_id)


async def _void(conn: Connection, assignment: Row, reason: str) -> None:
    if assignment["state"] not in _ANSWERED:
        raise ReviewError(f"the assignment is {assignment['state']} by now: nothing to void")
    task = await repository.lock_task(conn, assignment["task_id"])
    await repository.void(conn, assignment["id"], reason)
    if assignment["state"] != "submitted" or task["state"] in ("gold", "cancelled"):
        return
    if task["state"] == "done":
        await _reopen(conn, task)
    else:
        await repository.ask_again(conn, task["id"])


async def _reopen(conn: Connection, task: Row) -> None:
    """Ask somebody else, unless it was adjudicated or its batch has gone on."""
    batch_id = task["batch_id"]
    if task["adjudicated"] or (batch_id is not None and not await _waits(conn, task)):
        if task["adjudicated"] and task["overlap"] == 1:
            raise ReviewError("the adjudicator's decision stands in for this answer: leave it")
        await repository.do_without(conn, task["id"])
        return
    await repository.ask_again(conn, task["id"])
    if batch_id is not None:
        await repository.count_open(conn, batch_id)


async def _waits(conn: Connection, task: Row) -> bool:
    """Whether people are still working on the batch, in the state in which the task was asked."""
    batch = await repository.lock_batch(conn, task["batch_id"])
    asked_in = "calibrating" if task["purpose"] == "calibration" else "in_review"
    return bool(batch["state"] == asked_in and batch["tasks_open"] > 0)


async def _locked(conn: Connection, who: Principal, assignment_id: str) -> Row:
    row = await repository.lock_assignment(conn, who.tenant_id, assignment_id)
    return row or unknown("assignment", assignment_id)


async def _request(conn: Connection, assignment_id: str) -> VoidRequest:
    row = await repository.request(conn, assignment_id)
    return VoidRequest(**row) if row else unknown("request to void", assignment_id)
