"""The SQL of guideline versions, and of what a breaking one does to open work.

Locks are taken in the order queue, assignment, task: as everywhere, no task before its assignments.
"""

from typing import Any

from psycopg.types.json import Jsonb

from services.database.pool import Connection, Row

STALE = "stale_guideline"
"""Why an answer stopped to count, or a lease ended."""
_OPEN = "t.queue_id = %(queue)s AND t.state IN ('open', 'adjudicating')"


async def versions(conn: Connection, queue_id: str) -> list[Row]:
    """All versions without their texts, newest first."""
    rows = await conn.execute(
        "SELECT n, change_note, breaking, sha256, author, created_at FROM guideline "
        "WHERE queue_id = %s ORDER BY n DESC",
        (queue_id,),
    )
    return await rows.fetchall()


async def version(conn: Connection, queue_id: str, n: int) -> Row | None:
    """One version, whole."""
    rows = await conn.execute(
        "SELECT n, change_note, breaking, sha256, author, created_at, body, rubric "
        "FROM guideline WHERE queue_id = %s AND n = %s",
        (queue_id, n),
    )
    return await rows.fetchone()


async def add(conn: Connection, queue_id: str, fields: dict[str, Any]) -> None:
    """Append a version, and make it the queue's."""
    await conn.execute(
        "WITH added AS (INSERT INTO guideline (queue_id, n, body, rubric, change_note, breaking, "
        "sha256, author) VALUES (%(queue)s, %(n)s, %(body)s, %(rubric)s, %(change_note)s, "
        "%(breaking)s, %(sha256)s, %(author)s)) "
        "UPDATE queue SET guideline_n = %(n)s WHERE id = %(queue)s",
        {"queue": queue_id, **fields, "rubric": Jsonb(fields["rubric"])},
    )


async def bind_tasks(conn: Connection, queue_id: str, n: int) -> int:
    """Put what is not yet done, and gold, under a version; gives how many tasks that are."""
    done = await conn.execute(
        "UPDATE review_task SET guideline_n = %s "
        "WHERE queue_id = %s AND state IN ('open', 'adjudicating', 'gold')",
        (n, queue_id),
    )
    return done.rowcount


async def lock_open_work(conn: Connection, queue_id: str) -> None:
    """Hold the live assignments of a queue's open tasks, then the tasks."""
    await conn.execute(
        f"SELECT 1 FROM assignment a JOIN review_task t ON t.id = a.task_id WHERE {_OPEN} "
        "AND a.state IN ('leased', 'submitted') ORDER BY a.id FOR UPDATE OF a",
        {"queue": queue_id},
    )
    await conn.execute(
        f"SELECT 1 FROM review_task t WHERE {_OPEN} ORDER BY t.id FOR UPDATE", {"queue": queue_id}
    )


async def end_stale(conn: Connection, queue_id: str, n: int) -> Row:
    """End what was leased or answered under older versions: `answers` and `leases`, how many.

    An answer becomes surplus and stays paid. A lease that was taken while the tasks were being
    locked, and is just being answered, is left to its answer.
    """
    rows = await conn.execute(
        f"""
        WITH old AS (
            SELECT a.id, a.state FROM assignment a JOIN review_task t ON t.id = a.task_id
            WHERE {_OPEN} AND a.state IN ('leased', 'submitted') AND a.guideline_n < %(n)s
            ORDER BY a.id FOR UPDATE OF a SKIP LOCKED),
        ended AS (
            UPDATE assignment a SET reason = %(stale)s,
                   state = CASE old.state WHEN 'submitted' THEN 'surplus' ELSE 'expired' END,
                   ended_at = coalesce(a.ended_at, now())
            FROM old WHERE a.id = old.id RETURNING a.state)
        SELECT count(*) FILTER (WHERE state = 'surplus') AS answers,
               count(*) FILTER (WHERE state = 'expired') AS leases FROM ended
        """,
        {"queue": queue_id, "n": n, "stale": STALE},
    )
    row = await rows.fetchone()
    assert row is not None
    return row


async def ask_anew(conn: Connection, queue_id: str) -> None:
    """Count slots and answers of a queue's open tasks from what is still live."""
    await conn.execute(
        f"""
        UPDATE review_task t SET state = 'open', slots_free = t.overlap - live.all_of,
               answers_needed = t.overlap - live.answered
        FROM (SELECT t.id, count(a.id) AS all_of,
                     count(a.id) FILTER (WHERE a.state = 'submitted') AS answered
              FROM review_task t LEFT JOIN assignment a
                   ON a.task_id = t.id AND a.state IN ('leased', 'submitted')
              WHERE {_OPEN} GROUP BY t.id) live
        WHERE t.id = live.id AND live.answered < t.overlap
        """,
        {"queue": queue_id},
    )


async def newest_breaking(conn: Connection, queue_id: str) -> int:
    """Answers under older versions than this are stale; 1 where nothing ever broke."""
    rows = await conn.execute(
        "SELECT coalesce(max(n), 1) AS n FROM guideline WHERE queue_id = %s AND breaking",
        (queue_id,),
    )
    row = await rows.fetchone()
    assert row is not None
    return int(row["n"])
