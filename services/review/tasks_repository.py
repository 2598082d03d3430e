"""The SQL of tasks: what people are asked, and what they said."""

from typing import Any

from services.database.pool import Connection, Row

URGENCY = (
    "ln(greatest(n.priority, 1e-9)) - extract(epoch FROM now() - timestamptz '2000-01-01Z') / 86400"
)
"""Of a new task `n`: what waits a day longer is worth e times as much."""


async def review_terms(conn: Connection, batch_id: str) -> dict[str, Any] | None:
    """What the order of a batch says about people; None where there is no such batch."""
    rows = await conn.execute(
        "SELECT coalesce(o.spec->'review', '{}') AS terms "
        "FROM batch b JOIN orders o ON o.id = b.order_id WHERE b.id = %s",
        (batch_id,),
    )
    row = await rows.fetchone()
    return dict(row["terms"]) if row else None


async def ensure_queue(conn: Connection, batch_id: str, fields: dict[str, Any]) -> None:
    """Make the queue of a batch's order with its first guideline, unless it is there."""
    await conn.execute(
        """
        WITH made AS (
            INSERT INTO queue (tenant_id, order_id, name, kind, simulated_ok, overlap, max_overlap,
                               agree_share, adjudicate, gold_every, skill, pay_minor, currency,
                               weight)
            SELECT o.tenant_id, o.id, left(o.spec->>'name', 120), 'pairwise', %(simulated_ok)s,
                   %(overlap)s, %(max_overlap)s, %(agree_share)s, %(adjudicate)s, %(gold_every)s,
                   %(skill)s, %(pay_minor)s, %(currency)s, %(weight)s
            FROM batch b JOIN orders o ON o.id = b.order_id WHERE b.id = %(batch_id)s
            ON CONFLICT (order_id) DO NOTHING RETURNING id)
        INSERT INTO guideline (queue_id, n, body, rubric, change_note, breaking, sha256, author)
        SELECT id, 1, %(body)s, '{}', 'first version', false, %(sha256)s, 'platform' FROM made
        """,
        {"batch_id": batch_id, **fields},
    )


async def add_tasks(conn: Connection, batch_id: str, columns: dict[str, list[Any]]) -> None:
    """Insert tasks unless they are there, and count the new ones on the batch."""
    await conn.execute(
        f"""
        WITH added AS (
            INSERT INTO review_task (batch_id, queue_id, guideline_n, item_id, purpose, payload,
                                     priority, urgency, overlap, max_overlap, slots_free,
                                     answers_needed)
            SELECT b.id, q.id, q.guideline_n, n.item_id, n.purpose, n.payload::json, n.priority,
                   {URGENCY}, n.overlap, greatest(q.max_overlap, n.overlap), n.overlap, n.overlap
            FROM batch b JOIN queue q ON q.order_id = b.order_id,
                 unnest(%(item_id)s::text[], %(purpose)s::text[], %(payload)s::text[],
                        %(priority)s::float8[], %(overlap)s::int[])
                 WITH ORDINALITY AS n(item_id, purpose, payload, priority, overlap, place)
            WHERE b.id = %(batch_id)s
            ORDER BY n.place
            FOR SHARE OF q  -- no new guideline is published meanwhile
            ON CONFLICT (queue_id, batch_id, item_id, purpose) DO NOTHING
            RETURNING id)
        UPDATE batch SET tasks_open = tasks_open + (SELECT count(*) FROM added)
        WHERE id = %(batch_id)s
        """,
        {"batch_id": batch_id, **columns},
    )


async def tasks_open(conn: Connection, batch_id: str) -> int:
    """How many tasks of a batch need answers."""
    rows = await conn.execute("SELECT tasks_open FROM batch WHERE id = %s", (batch_id,))
    row = await rows.fetchone()
    assert row is not None
    return int(row["tasks_open"])


async def answers(conn: Connection, batch_id: str, purpose: str | None) -> list[Row]:
    """The answers of a batch and what adjudicators said, oldest first."""
    rows = await conn.execute(
        """
        WITH said AS (
            SELECT task_id, assignment_id, label AS verdict, reviewer, simulated, comment,
                   active_ms, guideline_n, false AS adjudicated, answered_at
            FROM counted_answer
            UNION ALL
            SELECT d.task_id, '', d.label, d.adjudicator, r.simulated, d.note, 0, t.guideline_n,
                   true, d.at
            FROM adjudication d JOIN reviewer r ON r.pseudonym = d.adjudicator
            JOIN review_task t ON t.id = d.task_id)
        SELECT t.item_id, t.purpose, said.verdict, said.reviewer, said.simulated, said.comment,
               said.active_ms, said.guideline_n, said.adjudicated
        FROM review_task t JOIN said ON said.task_id = t.id
        WHERE t.batch_id = %(batch_id)s AND (%(purpose)s::text IS NULL OR t.purpose = %(purpose)s)
        ORDER BY said.answered_at, said.assignment_id
        """,
        {"batch_id": batch_id, "purpose": purpose},
    )
    return await rows.fetchall()


async def asked(conn: Connection, batch_id: str) -> list[str]:
    """The items of a batch that people were asked about, answered or not."""
    rows = await conn.execute(
        "SELECT DISTINCT item_id FROM review_task WHERE batch_id = %s", (batch_id,)
    )
    return [row["item_id"] for row in await rows.fetchall()]


async def cancelled(conn: Connection, batch_id: str) -> list[str]:
    """The items of a batch whose tasks ended without an answer."""
    rows = await conn.execute(
        "SELECT DISTINCT item_id FROM review_task WHERE batch_id = %s AND state = 'cancelled'",
        (batch_id,),
    )
    return [row["item_id"] for row in await rows.fetchall()]
