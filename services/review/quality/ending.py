"""Ends: nobody else is asked about a task that cannot be answered, and its batch goes on.

The answers that count are enough then. Without any, the item is left out of what is delivered, as
nobody can say what is right. What comes later is stored and paid all the same.
"""

from typing import Literal

from ingot.errors import ReviewError
from ingot.records import Model
from services.accounts.keys import Principal
from services.database import trail
from services.database.pool import Connection
from services.review.quality import ending_repository as repository
from services.review.quality.faults import unknown
from services.review.queue.closing import close


class Ended(Model):
    """A task of which nobody is asked any more."""

    task_id: str
    state: Literal["done", "cancelled"]
    """done: with the answers it had; cancelled: it had none."""
    answers: int


async def end(conn: Connection, who: Principal, task_id: str, reason: str) -> Ended:
    """End an open task, or one that waits for an adjudicator.

    Raises Unknown, and ReviewError where the task is over or just being answered.
    """
    task = await repository.lock(conn, who.tenant_id, task_id)
    if task is None:
        unknown("task", task_id)
    if task["state"] not in ("open", "adjudicating"):
        raise ReviewError(f"the task is {task['state']}: only what people are asked is ended")
    if not await repository.end_leases(conn, task_id):
        raise ReviewError("somebody is answering this task just now: look again in a moment")
    ended = Ended(task_id=task_id, **await repository.end(conn, task_id))
    detail = {"reason": reason, "answers": ended.answers}
    await trail.audit(conn, who.name, "task.ended", task_id, detail)
    await close(conn, task["batch_id"], task["purpose"])
    return ended
