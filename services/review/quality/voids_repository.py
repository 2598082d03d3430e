"""The SQL of voids. Locks: assignment, task, batch."""

from services.database.pool import Connection, Row


async def lock_assignment(conn: Connection, tenant: str, assignment_id: str) -> Row | None:
    """An assignment in a queue of the tenant."""
    rows = await conn.execute(
        "SELECT a.id, a.task_id, a.reviewer, a.state FROM assignment a "
        "JOIN review_task t ON t.id = a.task_id JOIN queue q ON q.id = t.queue_id "
        "WHERE a.id = %s AND q.tenant_id = %s FOR UPDATE OF a",
        (assignment_id, tenant),
    )
    return await rows.fetchone()


async def ask(conn: Connection, assignment_id: str, by: str, reason: str) -> bool:
    """Ask for a void; False where somebody did already."""
    done = await conn.execute(
        "INSERT INTO void_request (assignment_id, reason, asked_by) VALUES (%s, %s, %s) "
        "ON CONFLICT DO NOTHING",
        (assignment_id, reason, by),
    )
    return done.rowcount == 1


async def request(conn: Connection, assignment_id: str) -> Row | None:
    """What was asked about an assignment."""
    rows = await conn.execute(
        "SELECT assignment_id, reason, asked_by, asked_at, decided_by, confirmed "
        "FROM void_request WHERE assignment_id = %s",
        (assignment_id,),
    )
    return await rows.fetchone()


async def open_requests(conn: Connection, tenant: str, after: str, limit: int) -> list[Row]:
    """Voids that wait for a second person, with what they are about."""
    rows = await conn.execute(
        "SELECT v.assignment_id, v.reason, v.asked_by, v.asked_at, v.decided_by, v.confirmed, "
        "a.task_id, a.reviewer, q.id AS queue_id, q.name AS queue_name "
        "FROM void_request v JOIN assignment a ON a.id = v.assignment_id "
        "JOIN review_task t ON t.id = a.task_id JOIN queue q ON q.id = t.queue_id "
        "WHERE v.decided_by = '' AND q.tenant_id = %s AND v.assignment_id > %s "
        "ORDER BY v.assignment_id LIMIT %s",
        (tenant, after, limit),
    )
    return await rows.fetchall()


async def decide(conn: Connection, assignment_id: str, by: str, confirmed: bool) -> None:
    """Confirm or decline what was asked."""
    await conn.execute(
        "UPDATE void_request SET decided_by = %s, confirmed = %s WHERE assignment_id = %s",
        (by, confirmed, assignment_id),
    )


async def void(conn: Connection, assignment_id: str, reason: str) -> None:
    """End what an answer counts for."""
    await conn.execute(
        "UPDATE assignment SET state = 'voided', reason = %s WHERE id = %s",
        (reason, assignment_id),
    )


async def lock_task(conn: Connection, task_id: str) -> Row:
    """A task, whether it was adjudicated, and its batch if that has one."""
    rows = await conn.execute(
        "SELECT id, state, purpose, overlap, batch_id, EXISTS (SELECT 1 FROM adjudication d "
        "WHERE d.task_id = t.id) AS adjudicated FROM review_task t WHERE id = %s FOR UPDATE",
        (task_id,),
    )
    row = await rows.fetchone()
    assert row is not None
    return row


async def lock_batch(conn: Connection, batch_id: str) -> Row:
    """A batch: its `state` (the one it failed from where it failed) and `tasks_open`."""
    rows = await conn.execute(
        "SELECT coalesce(failed_from, state) AS state, tasks_open FROM batch "
        "WHERE id = %s FOR UPDATE",
        (batch_id,),
    )
    row = await rows.fetchone()
    assert row is not None
    return row


async def ask_again(conn: Connection, task_id: str) -> None:
    """Ask one more reviewer."""
    await conn.execute(
        "UPDATE review_task SET slots_free = slots_free + 1, answers_needed = answers_needed + 1, "
        "state = 'open' WHERE id = %s",
        (task_id,),
    )


async def count_open(conn: Connection, batch_id: str) -> None:
    """A task of the batch needs an answer again."""
    await conn.execute("UPDATE batch SET tasks_open = tasks_open + 1 WHERE id = %s", (batch_id,))


async def do_without(conn: Connection, task_id: str) -> None:
    """Let a task that is over have one answer less; one that had no other is cancelled."""
    await conn.execute(
        "UPDATE review_task SET overlap = greatest(overlap - 1, 1), "
        "state = CASE overlap WHEN 1 THEN 'cancelled' ELSE state END WHERE id = %s",
        (task_id,),
    )
