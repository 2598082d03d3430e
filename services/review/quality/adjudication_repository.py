"""The SQL of what reviewers disagree on. Locks: task, then batch."""

from typing import Any

from psycopg.types.json import Json

from services.database.pool import Connection, Row


async def waiting(conn: Connection, queue_id: str, after: str, limit: int) -> list[Row]:
    """Tasks that wait for an adjudicator, oldest first, with how often each label was given."""
    rows = await conn.execute(
        """
        SELECT t.id AS task_id, t.item_id, t.created_at, said.labels, said.answers, said.since
        FROM review_task t, LATERAL (
            SELECT json_object_agg(label, n) AS labels, sum(n)::int AS answers, max(last) AS since
            FROM (SELECT label, count(*) AS n, max(answered_at) AS last
                  FROM counted_answer WHERE task_id = t.id GROUP BY label) each) said
        WHERE t.queue_id = %s AND t.state = 'adjudicating' AND t.id > %s ORDER BY t.id LIMIT %s
        """,
        (queue_id, after, limit),
    )
    return await rows.fetchall()


async def task(conn: Connection, tenant: str, task_id: str, *, lock: bool = False) -> Row | None:
    """A tenant's task with its queue's kind and its guideline."""
    rows = await conn.execute(
        "SELECT t.id, t.queue_id, t.batch_id, t.item_id, t.purpose, t.state, t.payload, t.overlap, "
        "t.max_overlap, t.guideline_n, t.created_at, q.kind, q.name AS queue_name, g.rubric "
        "FROM review_task t JOIN queue q ON q.id = t.queue_id "
        "JOIN guideline g ON g.queue_id = t.queue_id AND g.n = t.guideline_n "
        f"WHERE t.id = %s AND q.tenant_id = %s {'FOR UPDATE OF t' if lock else ''}",
        (task_id, tenant),
    )
    return await rows.fetchone()


async def answers(conn: Connection, task_id: str) -> list[Row]:
    """All answers to a task that stand, surplus and voided ones too, in the order of leases."""
    rows = await conn.execute(
        "SELECT a.id AS assignment_id, a.reviewer, a.state, a.reason, w.label, w.answer, "
        "w.comment, w.guideline_n, w.simulated, w.active_ms, w.answered_at "
        "FROM assignment a JOIN response w ON w.assignment_id = a.id AND w.revision = a.revision "
        "WHERE a.task_id = %s ORDER BY a.id",
        (task_id,),
    )
    return await rows.fetchall()


async def has_answered(conn: Connection, task_id: str, reviewer: str) -> bool:
    """Whether somebody ever answered a task, counted or not."""
    rows = await conn.execute(
        "SELECT 1 FROM assignment WHERE task_id = %s AND reviewer = %s AND revision > 0",
        (task_id, reviewer),
    )
    return await rows.fetchone() is not None


async def decision(conn: Connection, task_id: str) -> Row | None:
    """What was decided on a task; None where nothing was."""
    rows = await conn.execute(
        "SELECT adjudicator, label, answer, cause, note, at FROM adjudication WHERE task_id = %s",
        (task_id,),
    )
    return await rows.fetchone()


async def decide(conn: Connection, fields: dict[str, Any]) -> None:
    """Write a decision down and end its task."""
    await conn.execute(
        "WITH decided AS (INSERT INTO adjudication "
        "(task_id, adjudicator, label, answer, cause, note) VALUES (%(task_id)s, "
        "%(adjudicator)s, %(label)s, %(answer)s, %(cause)s, %(note)s)) "
        "UPDATE review_task SET state = 'done' WHERE id = %(task_id)s",
        {**fields, "answer": Json(fields["answer"])},
    )


async def causes(conn: Connection, queue_id: str) -> list[Row]:
    """How often each cause was found in a queue."""
    rows = await conn.execute(
        "SELECT d.cause, count(*) AS n FROM adjudication d JOIN review_task t ON t.id = d.task_id "
        "WHERE t.queue_id = %s GROUP BY d.cause ORDER BY n DESC, d.cause",
        (queue_id,),
    )
    return await rows.fetchall()
