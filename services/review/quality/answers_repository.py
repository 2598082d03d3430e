"""The SQL of answers as figures need them."""

from typing import Any

from services.database.pool import Connection, Row

MOST = 200_000
"""Answers that figures are made of: the newest ones of more."""


async def counted(conn: Connection, queue_id: str, guideline_n: int | None = None) -> list[Row]:
    """Answers of a queue that count, the oldest first; gold never does."""
    rows = await conn.execute(
        """
        SELECT * FROM (
            SELECT w.task_id, w.assignment_id, t.item_id, w.reviewer, w.label, w.answer,
                   w.simulated, w.answered_at
            FROM review_task t JOIN counted_answer w ON w.task_id = t.id
            WHERE t.queue_id = %(queue)s AND t.state <> 'cancelled'
              AND (%(n)s::int IS NULL OR w.guideline_n = %(n)s)
            ORDER BY w.answered_at DESC, w.assignment_id DESC LIMIT %(most)s) newest
        ORDER BY answered_at, assignment_id
        """,
        {"queue": queue_id, "n": guideline_n, "most": MOST},
    )
    return await rows.fetchall()


async def to_gold(conn: Connection, queue_id: str) -> list[Row]:
    """The newest answers to a queue's active gold, with what was known beforehand."""
    rows = await conn.execute(
        "SELECT t.id AS task_id, a.reviewer, w.label, g.label AS known "
        "FROM review_task t JOIN gold g ON g.task_id = t.id JOIN assignment a ON a.task_id = t.id "
        "JOIN response w ON w.assignment_id = a.id AND w.revision = a.revision "
        "WHERE t.queue_id = %s AND t.state = 'gold' AND g.active AND a.state = 'submitted' "
        "ORDER BY w.answered_at DESC LIMIT %s",
        (queue_id, MOST),
    )
    return await rows.fetchall()


async def decided(conn: Connection, queue_id: str) -> dict[str, str]:
    """By task, the labels that adjudicators gave."""
    rows = await conn.execute(
        "SELECT t.id, d.label FROM review_task t JOIN adjudication d ON d.task_id = t.id "
        "WHERE t.queue_id = %s AND d.label <> ''",
        (queue_id,),
    )
    return {row["id"]: row["label"] for row in await rows.fetchall()}


async def payloads(conn: Connection, tasks: list[str]) -> dict[str, Any]:
    """The items of some tasks."""
    rows = await conn.execute("SELECT id, payload FROM review_task WHERE id = ANY(%s)", (tasks,))
    return {row["id"]: row["payload"] for row in await rows.fetchall()}


async def around(conn: Connection, reviewer: str, queue_id: str | None, most: int) -> list[Row]:
    """All answers that count to the newest tasks that one reviewer answered, gold left out."""
    rows = await conn.execute(
        """
        SELECT w.task_id, w.reviewer, w.label FROM (
            SELECT a.task_id FROM assignment a JOIN review_task t ON t.id = a.task_id
            WHERE a.reviewer = %(reviewer)s AND a.state = 'submitted'
              AND t.state <> 'gold'
              AND (%(queue)s::text IS NULL OR t.queue_id = %(queue)s)
            ORDER BY a.ended_at DESC LIMIT %(most)s) own
        JOIN counted_answer w ON w.task_id = own.task_id WHERE w.label <> ''
        """,
        {"reviewer": reviewer, "queue": queue_id, "most": most},
    )
    return await rows.fetchall()
