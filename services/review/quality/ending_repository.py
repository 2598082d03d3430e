"""The SQL of ends. Locks: assignments, task, batch."""

from services.database.pool import Connection, Row


async def lock(conn: Connection, tenant: str, task_id: str) -> Row | None:
    """A tenant's task, after the leases on it."""
    await conn.execute(
        "SELECT 1 FROM assignment a JOIN review_task t ON t.id = a.task_id "
        "JOIN queue q ON q.id = t.queue_id WHERE t.id = %s AND q.tenant_id = %s "
        "AND a.state = 'leased' ORDER BY a.id FOR UPDATE OF a",
        (task_id, tenant),
    )
    rows = await conn.execute(
        "SELECT t.id, t.state, t.purpose, t.batch_id FROM review_task t "
        "JOIN queue q ON q.id = t.queue_id WHERE t.id = %s AND q.tenant_id = %s FOR UPDATE OF t",
        (task_id, tenant),
    )
    return await rows.fetchone()


async def end_leases(conn: Connection, task_id: str) -> bool:
    """Give back the leases on a locked task; False where one, taken since, is being answered."""
    await conn.execute(
        "WITH free AS (SELECT id FROM assignment WHERE task_id = %s AND state = 'leased' "
        "ORDER BY id FOR UPDATE SKIP LOCKED) "
        "UPDATE assignment a SET state = 'released', ended_at = now(), reason = 'the task ended' "
        "FROM free WHERE a.id = free.id",
        (task_id,),
    )
    rows = await conn.execute(
        "SELECT 1 FROM assignment WHERE task_id = %s AND state = 'leased'", (task_id,)
    )
    return await rows.fetchone() is None


async def end(conn: Connection, task_id: str) -> Row:
    """Ask nobody else: gives the task's `state` and the number of `answers` that count."""
    rows = await conn.execute(
        "UPDATE review_task t SET overlap = greatest(n.answers, 1), slots_free = 0, "
        "answers_needed = 0, state = CASE n.answers WHEN 0 THEN 'cancelled' ELSE 'done' END "
        "FROM (SELECT count(*)::int AS answers FROM counted_answer WHERE task_id = %(id)s) n "
        "WHERE t.id = %(id)s RETURNING t.state, n.answers",
        {"id": task_id},
    )
    row = await rows.fetchone()
    assert row is not None
    return row
