"""The SQL of tasks whose answer is known beforehand."""

from typing import Any

from services.database.pool import Connection, Row
from services.review.queue.claims_repository import INSERTED, NOT_SEEN
from services.review.queue.showing_repository import COLUMNS, TERMS

NEW_HERE = 20
"""A reviewer is new to a queue until they have had so many tasks of it."""


async def lease_gold(conn: Connection, reviewer: str, queue_id: str, limit: int) -> list[Row]:
    """Lease active gold of a queue that the reviewer has not had, in random order.

    It takes no slot: any number of reviewers may hold the same gold.
    """
    rows = await conn.execute(
        f"""
        WITH t AS MATERIALIZED (
            SELECT t.id, t.payload, t.queue_id, t.guideline_n, t.urgency
            FROM review_task t JOIN gold ON gold.task_id = t.id
            WHERE t.queue_id = %(queue_id)s AND t.state = 'gold' AND gold.active AND {NOT_SEEN}
            ORDER BY random() LIMIT %(limit)s),
        {INSERTED}
        SELECT {COLUMNS} FROM a JOIN t ON t.id = a.task_id {TERMS} ORDER BY a.id
        """,
        {"reviewer": reviewer, "queue_id": queue_id, "limit": limit},
    )
    return await rows.fetchall()


async def new_here(conn: Connection, reviewer: str, queue_id: str) -> bool:
    """Whether the reviewer has given fewer than `NEW_HERE` answers in a queue."""
    rows = await conn.execute(
        "SELECT count(*) AS n FROM (SELECT 1 FROM assignment a "
        "JOIN review_task t ON t.id = a.task_id WHERE a.reviewer = %s AND t.queue_id = %s "
        "AND a.state IN ('submitted', 'surplus', 'voided') LIMIT %s) answered",
        (reviewer, queue_id, NEW_HERE),
    )
    row = await rows.fetchone()
    return bool(row and row["n"] < NEW_HERE)


async def gold(conn: Connection, task_id: str) -> Row:
    """What is known of a gold task: `expected` (canonical), `label` and `why`."""
    rows = await conn.execute(
        "SELECT expected, label, why FROM gold WHERE task_id = %s", (task_id,)
    )
    row = await rows.fetchone()
    assert row is not None
    return row


async def mark(conn: Connection, assignment_id: str, correct: bool) -> None:
    """Record whether the answer that stands is right."""
    await conn.execute(
        "INSERT INTO gold_result (assignment_id, correct) VALUES (%s, %s) "
        "ON CONFLICT (assignment_id) DO UPDATE SET correct = excluded.correct",
        (assignment_id, correct),
    )


async def results(conn: Connection, reviewer: str, queue_id: str, assignment_id: str) -> list[bool]:
    """A reviewer's results in a queue up to one answer, the oldest first."""
    rows = await conn.execute(
        "SELECT r.correct FROM gold_result r JOIN assignment a ON a.id = r.assignment_id "
        "JOIN review_task t ON t.id = a.task_id WHERE a.reviewer = %s AND t.queue_id = %s "
        "AND (r.at, a.id) <= (SELECT at, assignment_id FROM gold_result WHERE assignment_id = %s) "
        "ORDER BY r.at, a.id",
        (reviewer, queue_id, assignment_id),
    )
    return [row["correct"] for row in await rows.fetchall()]


async def grant(conn: Connection, fields: dict[str, Any]) -> None:
    """Give a reviewer the skill of a queue that they passed, and write that down."""
    await conn.execute(
        """
        WITH granted AS (
            INSERT INTO qualification (reviewer, skill, granted_by, score)
            VALUES (%(reviewer)s, %(skill)s, %(queue_id)s, %(score)s)
            ON CONFLICT (reviewer, skill) DO UPDATE SET granted_by = excluded.granted_by,
                score = excluded.score, granted_at = now(), expires_at = NULL)
        INSERT INTO audit_event (actor, action, object_id, detail)
        VALUES (%(reviewer)s, 'skill.earned', %(queue_id)s,
                jsonb_build_object('skill', %(skill)s::text, 'score', %(score)s::float8))
        """,
        fields,
    )
