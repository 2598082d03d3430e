"""What a reviewer does with a lease besides answering it; None or False: it is not theirs."""

from datetime import datetime

from ingot.errors import ReviewError
from services.database.pool import Connection, Row
from services.review.queue import holding_repository as repository
from services.review.queue.schemas import Draft, FlagIn, SkipIn

SKIPS_FLAGGED = 3
"""So many people skip a task before a QA lead is told."""
_ANSWERED = ("submitted", "surplus", "voided")


async def heartbeat(conn: Connection, reviewer: str, assignment_id: str) -> datetime | None:
    """Keep a lease, and give its new end; raises ReviewError where it is none any more."""
    row = await repository.extend(conn, assignment_id, reviewer)
    if row is not None:
        expires_at: datetime = row["expires_at"]
        return expires_at
    state = await repository.lock(conn, assignment_id, reviewer)
    if state is None:
        return None
    raise ReviewError(f"the assignment is {state}: take the next task")


async def release(conn: Connection, reviewer: str, assignment_id: str) -> bool:
    """Give a task back unanswered; it is not offered to this reviewer again for a while."""
    state = await repository.lock(conn, assignment_id, reviewer)
    _refuse_answered(state)
    if state == "leased":
        await repository.end(conn, assignment_id, "released", "task.released", "", "")
    return state is not None


async def skip(conn: Connection, reviewer: str, assignment_id: str, why: SkipIn) -> bool:
    """Leave a task to others for good."""
    state = await repository.lock(conn, assignment_id, reviewer)
    _refuse_answered(state)
    if state in ("released", "expired"):
        raise ReviewError(f"the lease is {state} and the task with others: take the next one")
    if state == "leased":
        await repository.end(conn, assignment_id, "skipped", "task.skipped", why.reason, why.note)
        if await repository.skips(conn, assignment_id) == SKIPS_FLAGGED:
            note = f"{SKIPS_FLAGGED} people have skipped it; end it if nobody can answer"
            await repository.flag(conn, assignment_id, reviewer, "task_skipped", note)
    return state is not None


async def flag(conn: Connection, reviewer: str, assignment_id: str, what: FlagIn) -> str | None:
    """Tell a QA lead that something is wrong with the task; gives the flag's id."""
    if await repository.lock(conn, assignment_id, reviewer) is None:
        return None
    return await repository.flag(conn, assignment_id, reviewer, f"task_{what.rule}", what.note)


async def save_draft(
    conn: Connection, reviewer: str, assignment_id: str, draft: Draft
) -> Row | None:
    """Keep an answer in the making; gives `saved_at` and `client_seq` of the newest."""
    return await repository.save_draft(conn, assignment_id, reviewer, draft.client_seq, draft.body)


def _refuse_answered(state: str | None) -> None:
    if state in _ANSWERED:
        raise ReviewError("the task is answered and stays so: take the next one")
