"""The SQL of gold: tasks whose answer is known."""

from typing import Any

from psycopg.types.json import Json

from services.database.pool import Connection, Row


async def source_task(conn: Connection, queue_id: str, task_id: str) -> Row | None:
    """A task of the queue, with the adjudicator's answer where there is one."""
    rows = await conn.execute(
        "SELECT t.item_id, t.payload, t.state, d.answer FROM review_task t "
        "LEFT JOIN adjudication d ON d.task_id = t.id WHERE t.id = %s AND t.queue_id = %s",
        (task_id, queue_id),
    )
    return await rows.fetchone()


async def source_answer(conn: Connection, queue_id: str, assignment_id: str) -> Row | None:
    """The item and the answer that stands of an assignment of the queue."""
    rows = await conn.execute(
        "SELECT t.item_id, t.payload, t.state, w.answer FROM assignment a "
        "JOIN review_task t ON t.id = a.task_id "
        "JOIN response w ON w.assignment_id = a.id AND w.revision = a.revision "
        "WHERE a.id = %s AND t.queue_id = %s",
        (assignment_id, queue_id),
    )
    return await rows.fetchone()


async def add(conn: Connection, fields: dict[str, Any]) -> str | None:
    """Add a gold task; None where the item is gold in this queue already."""
    rows = await conn.execute(
        """
        WITH task AS (
            INSERT INTO review_task (queue_id, guideline_n, item_id, purpose, payload, priority,
                                     overlap, slots_free, answers_needed, state)
            VALUES (%(queue_id)s, %(guideline_n)s, %(item_id)s, 'gold', %(item)s, 0, 1, 0, 0,
                    'gold')
            ON CONFLICT (queue_id, batch_id, item_id, purpose) DO NOTHING RETURNING id)
        INSERT INTO gold (task_id, expected, label, why)
        SELECT id, %(expected)s, %(label)s, %(why)s FROM task RETURNING task_id
        """,
        {**fields, "item": Json(fields["item"]), "expected": Json(fields["expected"])},
    )
    row = await rows.fetchone()
    return str(row["task_id"]) if row else None


async def set_active(conn: Connection, queue_id: str, task_id: str, active: bool) -> bool:
    """Retire a gold task, or use it again; False where the queue has none of this id."""
    done = await conn.execute(
        "UPDATE gold g SET active = %s FROM review_task t "
        "WHERE g.task_id = %s AND t.id = g.task_id AND t.queue_id = %s",
        (active, task_id, queue_id),
    )
    return done.rowcount == 1


async def list_all(conn: Connection, queue_id: str, after: str, limit: int) -> list[Row]:
    """Gold tasks of a queue with how often they were answered, and answered as expected."""
    rows = await conn.execute(
        """
        SELECT t.id AS task_id, t.item_id, t.payload AS item, t.created_at, t.guideline_n,
               g.expected, g.label, g.why, g.active, n.answers, n.correct, n.labels
        FROM review_task t JOIN gold g ON g.task_id = t.id, LATERAL (
            SELECT coalesce(sum(said.n), 0)::int AS answers,
                   coalesce(sum(said.correct), 0)::int AS correct,
                   coalesce(json_object_agg(said.label, said.n), '{}') AS labels
            FROM (SELECT w.label, count(*) AS n, count(*) FILTER (WHERE r.correct) AS correct
                  FROM assignment a JOIN gold_result r ON r.assignment_id = a.id
                  JOIN response w ON w.assignment_id = a.id AND w.revision = a.revision
                  WHERE a.task_id = t.id AND a.state <> 'voided' GROUP BY w.label) said) n
        WHERE t.queue_id = %s AND t.state = 'gold' AND t.id > %s ORDER BY t.id LIMIT %s
        """,
        (queue_id, after, limit),
    )
    return await rows.fetchall()
