"""The SQL of what follows when a task has its answers."""

from services.database.pool import Connection, Row


async def tally(conn: Connection, task_id: str) -> list[int]:
    """How often each label was given to a task, the most frequent first."""
    rows = await conn.execute(
        "SELECT count(*) AS n FROM counted_answer WHERE task_id = %s "
        "GROUP BY label ORDER BY n DESC",
        (task_id,),
    )
    return [row["n"] for row in await rows.fetchall()]


async def grow(conn: Connection, task_id: str, cap: int) -> bool:
    """Ask one reviewer more; False where as many were asked as may be."""
    done = await conn.execute(
        "UPDATE review_task SET overlap = overlap + 1, slots_free = slots_free + 1, "
        "answers_needed = answers_needed + 1, state = 'open' "
        "WHERE id = %s AND overlap < least(max_overlap, %s)",
        (task_id, cap),
    )
    return done.rowcount == 1


async def to_adjudicator(conn: Connection, task_id: str) -> None:
    """Leave a task to an adjudicator."""
    await conn.execute("UPDATE review_task SET state = 'adjudicating' WHERE id = %s", (task_id,))


async def count_down(conn: Connection, batch_id: str) -> Row:
    """Count a finished task on its batch; gives `tasks_open` and the batch's `state`."""
    rows = await conn.execute(
        "UPDATE batch SET tasks_open = tasks_open - 1 WHERE id = %s RETURNING tasks_open, state",
        (batch_id,),
    )
    row = await rows.fetchone()
    assert row is not None
    return row


async def task_state(conn: Connection, task_id: str) -> str:
    """The state of a task."""
    rows = await conn.execute("SELECT state FROM review_task WHERE id = %s", (task_id,))
    row = await rows.fetchone()
    assert row is not None
    return str(row["state"])


async def batch_state(conn: Connection, batch_id: str) -> str:
    """The state of a batch, a failed one's before it failed; it stays so until the commit."""
    rows = await conn.execute(
        "SELECT coalesce(failed_from, state) AS state FROM batch WHERE id = %s FOR SHARE",
        (batch_id,),
    )
    row = await rows.fetchone()
    assert row is not None
    return str(row["state"])
