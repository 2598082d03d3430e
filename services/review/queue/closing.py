"""When a task has the answers it needs: ask one more, hand it to an adjudicator, or close it."""

from ingot.orders import BatchState
from services.database import outbox
from services.database.pool import Connection, Row
from services.ordering.batches import next_topic
from services.review.queue import closing_repository as repository
from services.review.tasks import AUDITED


async def settle(conn: Connection, task: Row) -> None:
    """Go on with a task that has just got its last needed answer; its row is locked.

    `task` has its `task_id`, `batch_id` and `asked_for`, and the queue's `agree_share`,
    `max_overlap` and `adjudicate`.
    """
    if not await _agreed(conn, task):
        if await repository.grow(conn, task["task_id"], task["max_overlap"]):
            return
        if task["adjudicate"]:
            await repository.to_adjudicator(conn, task["task_id"])
            return
    await close(conn, task["batch_id"], task["asked_for"])


async def close(conn: Connection, batch_id: str | None, asked_for: str) -> None:
    """Count a task that is done on its batch.

    The last one of a batch publishes the event that takes the batch on, in this same transaction;
    so does each audited one, upon which the judge's promise is tested.
    """
    if batch_id is None:
        return
    batch = await repository.count_down(conn, batch_id)
    state = BatchState(batch["state"])
    if state not in (BatchState.CALIBRATING, BatchState.IN_REVIEW):
        return  # a failed batch: `resume` publishes in our place
    topic = next_topic(state, batch["tasks_open"])
    if topic is None and asked_for == "audit":
        topic = AUDITED
    if topic is not None:
        await outbox.publish(conn, topic, batch_id, {})


async def may_change(conn: Connection, task: Row) -> bool:
    """Whether an answer may still be revised: its batch is where it was when it asked."""
    if task["batch_id"] is None:
        return bool(task["queue_state"] != "closed")
    asked_in = (
        BatchState.CALIBRATING if task["asked_for"] == "calibration" else BatchState.IN_REVIEW
    )
    return await repository.batch_state(conn, task["batch_id"]) == asked_in


async def revised(conn: Connection, task: Row) -> None:
    """Have the judge's promise tested again where an audited item is answered otherwise now."""
    if task["asked_for"] != "audit" or task["batch_id"] is None:
        return
    if await repository.task_state(conn, task["task_id"]) == "done":
        await outbox.publish(conn, AUDITED, task["batch_id"], {})


async def _agreed(conn: Connection, task: Row) -> bool:
    if task["agree_share"] == 0:
        return True
    counts = await repository.tally(conn, task["task_id"])
    return bool(counts[0] >= task["agree_share"] * sum(counts))
