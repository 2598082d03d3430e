"""The SQL of tasks, leases and answers.

Locks are taken in one order: assignment, reviewer, task, batch. What takes an assignment later than
that skips locked rows instead of waiting. So nothing can deadlock.
"""

from typing import Any

import psycopg

from services.database.pool import Connection, Row

LEASE_S = 15 * 60
"""How long a task is kept for a reviewer who gives no sign."""
LEASE_CAP_S = 4 * 3600
"""How long a task is kept however many signs there are."""
RELEASE_PAUSE_S = 10 * 60
"""How long a reviewer is not offered a task again that they gave back."""

_SHOWN = "a.id, a.expires_at, a.swapped, t.payload"


async def add_tasks(conn: Connection, batch_id: str, columns: dict[str, list[Any]]) -> None:
    """Insert tasks unless they are there, and count the new ones on the batch."""
    await conn.execute(
        """
        WITH added AS (
            INSERT INTO review_task (batch_id, item_id, purpose, payload, priority, overlap,
                                     slots_free, answers_needed, simulated_ok)
            SELECT b.id, n.item_id, n.purpose, n.payload::json, n.priority, n.overlap, n.overlap,
                   n.overlap, coalesce(o.spec->'review'->>'reviewers' = 'simulated', false)
            FROM batch b JOIN orders o ON o.id = b.order_id,
                 unnest(%(item_id)s::text[], %(purpose)s::text[], %(payload)s::text[],
                        %(priority)s::float8[], %(overlap)s::int[])
                 WITH ORDINALITY AS n(item_id, purpose, payload, priority, overlap, place)
            WHERE b.id = %(batch_id)s
            ORDER BY n.place
            ON CONFLICT (batch_id, item_id, purpose) DO NOTHING
            RETURNING id)
        UPDATE batch SET tasks_open = tasks_open + (SELECT count(*) FROM added)
        WHERE id = %(batch_id)s
        """,
        {"batch_id": batch_id, **columns},
    )


async def tasks_open(conn: Connection, batch_id: str) -> int | None:
    """How many tasks of a batch need answers; None where there is no such batch."""
    rows = await conn.execute("SELECT tasks_open FROM batch WHERE id = %s", (batch_id,))
    row = await rows.fetchone()
    return int(row["tasks_open"]) if row else None


async def answers(conn: Connection, batch_id: str, purpose: str | None) -> list[Row]:
    """The answers of a batch, oldest first."""
    rows = await conn.execute(
        "SELECT t.item_id, t.purpose, w.verdict, a.reviewer, w.simulated, w.comment, w.active_ms "
        "FROM review_task t JOIN assignment a ON a.task_id = t.id "
        "JOIN answer w ON w.assignment_id = a.id "
        "WHERE t.batch_id = %s AND (%s::text IS NULL OR t.purpose = %s) "
        "ORDER BY w.answered_at, a.id",
        (batch_id, purpose, purpose),
    )
    return await rows.fetchall()


async def lock_reviewer(conn: Connection, reviewer: str) -> None:
    """Let one claim of a reviewer wait for the other, so that two tabs get the same leases."""
    await conn.execute("SELECT 1 FROM reviewer WHERE pseudonym = %s FOR NO KEY UPDATE", (reviewer,))


async def give_back_dead(conn: Connection) -> None:
    """End some leases that ran out, and free their slots; waits for nobody."""
    await conn.execute(
        """
        WITH dead AS (
            SELECT a.id, a.task_id FROM assignment a JOIN review_task t ON t.id = a.task_id
            WHERE a.state = 'leased' AND a.expires_at < now()
            ORDER BY a.expires_at LIMIT 20 FOR UPDATE OF a, t SKIP LOCKED),
        ended AS (
            UPDATE assignment a SET state = 'expired', ended_at = now() FROM dead
            WHERE a.id = dead.id RETURNING a.task_id)
        UPDATE review_task t SET slots_free = slots_free + freed.n
        FROM (SELECT task_id, count(*) AS n FROM ended GROUP BY task_id) freed
        WHERE t.id = freed.task_id
        """
    )


async def own_leases(conn: Connection, reviewer: str, limit: int) -> list[Row]:
    """What the reviewer holds already."""
    rows = await conn.execute(
        f"SELECT {_SHOWN} FROM assignment a JOIN review_task t ON t.id = a.task_id "
        "WHERE a.reviewer = %s AND a.state = 'leased' AND a.expires_at >= now() "
        "ORDER BY a.leased_at, t.priority DESC, t.id LIMIT %s",
        (reviewer, limit),
    )
    return await rows.fetchall()


async def lease(
    conn: Connection, reviewer: str, simulated: bool, limit: int, *, skip_locked: bool
) -> list[Row]:
    """Lease free slots of tasks that the reviewer has not had, most wanted first.

    Which answer stands left is drawn from task and reviewer: random over both, the same if asked
    again, and kept with the assignment.
    """
    rows = await conn.execute(
        f"""
        WITH t AS MATERIALIZED (
            SELECT t.id, t.payload, t.priority FROM review_task t
            WHERE t.slots_free > 0 AND t.state = 'open' AND (t.simulated_ok OR NOT %(simulated)s)
              AND {_NOT_SEEN}
            ORDER BY t.priority DESC, t.id LIMIT %(limit)s
            FOR UPDATE OF t {"SKIP LOCKED" if skip_locked else ""}),
        taken AS (
            UPDATE review_task SET slots_free = slots_free - 1 FROM t WHERE review_task.id = t.id),
        a AS (
            INSERT INTO assignment (task_id, reviewer, swapped, expires_at)
            SELECT t.id, %(reviewer)s,
                   get_byte(sha256(convert_to(t.id || %(reviewer)s, 'UTF8')), 0) %% 2 = 1,
                   now() + make_interval(secs => %(lease_s)s)
            FROM t RETURNING id, task_id, expires_at, swapped)
        SELECT {_SHOWN} FROM a JOIN t ON t.id = a.task_id ORDER BY t.priority DESC, t.id
        """,
        {
            "reviewer": reviewer,
            "simulated": simulated,
            "limit": limit,
            "lease_s": LEASE_S,
            "pause_s": RELEASE_PAUSE_S,
        },
    )
    return await rows.fetchall()


_NOT_SEEN = """NOT EXISTS (
    SELECT 1 FROM assignment s WHERE s.task_id = t.id AND s.reviewer = %(reviewer)s
      AND (s.state IN ('leased', 'submitted') OR (s.state = 'released'
           AND s.ended_at > now() - make_interval(secs => %(pause_s)s))))"""


async def lease_waiting(conn: Connection, reviewer: str, simulated: bool, limit: int) -> list[Row]:
    """Lease without skipping locked tasks: a task locked for a moment is not an empty queue."""
    try:
        async with conn.transaction():
            await conn.execute("SET LOCAL lock_timeout = '200ms'")
            rows = await lease(conn, reviewer, simulated, limit, skip_locked=False)
            await conn.execute("SET LOCAL lock_timeout = 0")
            return rows
    except psycopg.errors.LockNotAvailable:
        return []


async def anything_open(conn: Connection, reviewer: str, simulated: bool) -> bool:
    """Whether some open task may yet come to this reviewer, once somebody gives it back."""
    rows = await conn.execute(
        "SELECT EXISTS (SELECT 1 FROM review_task t WHERE t.state = 'open' "
        "AND (t.simulated_ok OR NOT %(simulated)s) AND NOT EXISTS (SELECT 1 FROM assignment s "
        "WHERE s.task_id = t.id AND s.reviewer = %(reviewer)s AND s.state = 'submitted')) AS found",
        {"reviewer": reviewer, "simulated": simulated},
    )
    row = await rows.fetchone()
    return bool(row and row["found"])


async def lock_assignment(conn: Connection, assignment_id: str, reviewer: str) -> Row | None:
    """A reviewer's assignment; None where they have none of this id."""
    rows = await conn.execute(
        "SELECT id, task_id, state, swapped FROM assignment "
        "WHERE id = %s AND reviewer = %s FOR UPDATE",
        (assignment_id, reviewer),
    )
    return await rows.fetchone()


async def stored_answer(conn: Connection, assignment_id: str) -> Row:
    """The answer of a submitted assignment.

    A statement of its own after the lock: joined to it, it would show what was there before the
    wait for the lock, which is no answer yet when the same answer is sent twice at once.
    """
    rows = await conn.execute(
        "SELECT client_event_id, verdict, answered_at FROM answer WHERE assignment_id = %s",
        (assignment_id,),
    )
    row = await rows.fetchone()
    assert row is not None
    return row


async def retake_slot(conn: Connection, task_id: str) -> bool:
    """Take a slot of a task again after the lease was lost; False where none is free."""
    done = await conn.execute(
        "UPDATE review_task SET slots_free = slots_free - 1 "
        "WHERE id = %s AND slots_free > 0 AND state = 'open'",
        (task_id,),
    )
    return done.rowcount == 1


async def store_answer(conn: Connection, assignment_id: str, answer: dict[str, Any]) -> Row:
    """Store an answer, end its assignment, and count both on the task.

    Gives `answered_at`, and of the task `batch_id` and `answers_needed`, how many it still needs.
    """
    rows = await conn.execute(
        """
        WITH done AS (
            UPDATE assignment SET state = 'submitted', ended_at = now() WHERE id = %(id)s
            RETURNING id, task_id),
        stored AS (
            INSERT INTO answer (assignment_id, client_event_id, verdict, comment, simulated,
                                active_ms)
            SELECT id, %(client_event_id)s, %(verdict)s, %(comment)s, %(simulated)s, %(active_ms)s
            FROM done RETURNING answered_at)
        UPDATE review_task t SET answers_needed = answers_needed - 1,
               state = CASE WHEN answers_needed = 1 THEN 'done' ELSE 'open' END
        FROM done, stored WHERE t.id = done.task_id
        RETURNING stored.answered_at, t.batch_id, t.answers_needed
        """,
        {"id": assignment_id, **answer},
    )
    row = await rows.fetchone()
    assert row is not None
    return row


async def close_task(conn: Connection, batch_id: str) -> Row:
    """Count a finished task on its batch; gives `tasks_open` and the batch's `state`."""
    rows = await conn.execute(
        "UPDATE batch SET tasks_open = tasks_open - 1 WHERE id = %s RETURNING tasks_open, state",
        (batch_id,),
    )
    row = await rows.fetchone()
    assert row is not None
    return row


async def extend(conn: Connection, assignment_id: str, reviewer: str) -> Row | None:
    """Keep a lease longer; None where the reviewer holds none of this id."""
    rows = await conn.execute(
        "UPDATE assignment SET expires_at = greatest(expires_at, least("
        "now() + make_interval(secs => %s), leased_at + make_interval(secs => %s))) "
        "WHERE id = %s AND reviewer = %s AND state = 'leased' RETURNING expires_at",
        (LEASE_S, LEASE_CAP_S, assignment_id, reviewer),
    )
    return await rows.fetchone()


async def release(conn: Connection, assignment_id: str) -> None:
    """Give a leased task back."""
    await conn.execute(
        "WITH ended AS (UPDATE assignment SET state = 'released', ended_at = now() "
        "WHERE id = %s RETURNING task_id) "
        "UPDATE review_task SET slots_free = slots_free + 1 FROM ended WHERE id = ended.task_id",
        (assignment_id,),
    )


async def figures(conn: Connection, reviewer: str) -> Row:
    """What a reviewer did since midnight UTC, and what waits for everybody."""
    rows = await conn.execute(
        "SELECT (SELECT count(*) FROM assignment WHERE reviewer = %s AND state = 'submitted' "
        "AND ended_at >= date_trunc('day', now(), 'UTC')) AS answered_today, "
        "(SELECT coalesce(sum(tasks_open), 0)::int FROM batch WHERE tasks_open > 0) AS tasks_open",
        (reviewer,),
    )
    row = await rows.fetchone()
    assert row is not None
    return row
