"""The SQL of tasks that come in bulk and go out in a stream."""

from collections.abc import AsyncIterator
from typing import Any

from services.database.pool import Connection, Row
from services.review.tasks_repository import URGENCY

PAGE = 200
"""Tasks that are held at once while a queue is read."""
_STALL_S = 60
"""A reader of an export that takes nothing for so long loses it: its connection is needed."""


async def find_queue(conn: Connection, tenant: str, queue_id: str) -> Row | None:
    """A tenant's queue with its guideline; none is published before the transaction ends."""
    rows = await conn.execute(
        "SELECT q.id, q.name, q.kind, q.purpose, q.state, q.order_id, q.overlap, g.body, g.rubric "
        "FROM queue q JOIN guideline g ON g.queue_id = q.id AND g.n = q.guideline_n "
        "WHERE q.id = %s AND q.tenant_id = %s FOR SHARE OF q",
        (queue_id, tenant),
    )
    return await rows.fetchone()


async def add(conn: Connection, queue_id: str, columns: dict[str, list[Any]]) -> list[Row]:
    """Add tasks and gold unless they are there: `place` and `gold` of those that were new."""
    rows = await conn.execute(
        f"""
        WITH n AS MATERIALIZED (
            SELECT *, CASE WHEN label IS NULL THEN 'asked' ELSE 'gold' END AS purpose FROM unnest(
                %(place)s::int[], %(item_id)s::text[], %(payload)s::text[], %(priority)s::float8[],
                %(expected)s::text[], %(label)s::text[], %(why)s::text[])
            AS n(place, item_id, payload, priority, expected, label, why)),
        added AS (
            INSERT INTO review_task (queue_id, guideline_n, item_id, purpose, payload, priority,
                                     urgency, overlap, slots_free, answers_needed, state)
            SELECT q.id, q.guideline_n, n.item_id, n.purpose, n.payload::json, n.priority,
                   {URGENCY}, q.overlap, slots, slots,
                   CASE n.purpose WHEN 'gold' THEN 'gold' ELSE 'open' END
            FROM queue q, n,
                 LATERAL (SELECT CASE n.purpose WHEN 'gold' THEN 0 ELSE q.overlap END AS slots) s
            WHERE q.id = %(queue_id)s ORDER BY n.place
            ON CONFLICT ON CONSTRAINT review_task_once DO NOTHING
            RETURNING id, item_id, purpose),
        known AS (
            INSERT INTO gold (task_id, expected, label, why)
            SELECT added.id, n.expected::json, n.label, n.why
            FROM added JOIN n USING (item_id, purpose) WHERE added.purpose = 'gold')
        SELECT n.place, purpose = 'gold' AS gold FROM added JOIN n USING (item_id, purpose)
        """,
        {"queue_id": queue_id, **columns},
    )
    return await rows.fetchall()


async def others(conn: Connection, queue_id: str, columns: dict[str, list[Any]]) -> list[int]:
    """The places of those of these tasks whose ids are taken by something else in the queue."""
    rows = await conn.execute(
        """
        SELECT n.place FROM unnest(
            %(place)s::int[], %(item_id)s::text[], %(payload)s::text[], %(expected)s::text[])
            AS n(place, item_id, payload, expected),
        LATERAL (  -- LIMIT keeps the planner at one look into the index for each
            SELECT t.payload::text AS payload, g.expected::text AS expected
            FROM review_task t LEFT JOIN gold g ON g.task_id = t.id
            WHERE t.queue_id = %(queue_id)s AND t.batch_id IS NULL AND t.item_id = n.item_id
              AND t.purpose = CASE WHEN n.expected IS NULL THEN 'asked' ELSE 'gold' END
            LIMIT 1) known
        WHERE known.payload <> n.payload OR known.expected <> n.expected
        ORDER BY n.place
        """,
        {"queue_id": queue_id, **columns},
    )
    return [row["place"] for row in await rows.fetchall()]


async def tasks(conn: Connection, queue_id: str, *, done: bool) -> AsyncIterator[Row]:
    """A queue's tasks in the order of their birth, gold left out, with what was said of them.

    All are as they were at one moment.
    """
    await conn.execute(f"SET LOCAL idle_in_transaction_session_timeout = '{_STALL_S}s'")
    async with conn.cursor(name="tasks") as cursor:
        cursor.itersize = PAGE
        await cursor.execute(
            """
            SELECT t.id AS task_id, t.item_id, t.purpose, t.state, t.guideline_n, t.priority,
                   t.overlap, t.created_at, t.payload AS item,
                   coalesce(said.answers, '[]') AS answers, decided.adjudication
            FROM review_task t
            LEFT JOIN LATERAL (
                SELECT json_agg(json_build_object(
                    'reviewer', a.reviewer, 'label', w.label, 'answer', w.answer,
                    'comment', w.comment, 'guideline_n', w.guideline_n, 'active_ms', w.active_ms,
                    'simulated', w.simulated, 'counted', a.state = 'submitted',
                    'answered_at', w.answered_at) ORDER BY w.answered_at, a.id) AS answers
                FROM assignment a
                JOIN response w ON w.assignment_id = a.id AND w.revision = a.revision
                WHERE a.task_id = t.id AND a.state IN ('submitted', 'surplus')) said ON true
            LEFT JOIN LATERAL (
                SELECT json_build_object(
                    'reviewer', d.adjudicator, 'label', d.label, 'answer', d.answer,
                    'cause', d.cause, 'comment', d.note, 'simulated', r.simulated, 'active_ms', 0,
                    'answered_at', d.at) AS adjudication
                FROM adjudication d JOIN reviewer r ON r.pseudonym = d.adjudicator
                WHERE d.task_id = t.id) decided ON true
            WHERE t.queue_id = %s AND t.state <> 'gold' AND (t.state = 'done' OR NOT %s)
            ORDER BY t.id
            """,
            (queue_id, done),
        )
        async for row in cursor:
            yield row
