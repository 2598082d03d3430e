"""The SQL of evidence: an answer with its task, texts to compare it with, flags."""

from collections.abc import Sequence

from psycopg.types.json import Jsonb

from services.database.pool import Connection, Row
from services.review.evidence.found import Evidence

SAME_PROMPT = 8
"""Tasks on the same prompt that are looked at."""
NEAREST = 3
"""Other reviewers' answers that are compared word by word."""
_PER_RUN = 20


async def read_answer(conn: Connection, assignment_id: str) -> Row | None:
    """An answer as it stands, with its task; None for no answer, and for a program's."""
    rows = await conn.execute(
        "SELECT a.id, a.task_id, a.reviewer, t.queue_id, t.payload, q.tenant_id, q.kind, w.answer, "
        "w.comment, w.writing FROM assignment a JOIN review_task t ON t.id = a.task_id "
        "JOIN queue q ON q.id = t.queue_id "
        "JOIN response w ON w.assignment_id = a.id AND w.revision = a.revision "
        "WHERE a.id = %s AND NOT w.simulated",
        (assignment_id,),
    )
    return await rows.fetchone()


async def same_prompt(conn: Connection, answer: Row, prompt: str) -> list[Row]:
    """Other tasks of the lab whose prompt ends alike, the newest first."""
    rows = await conn.execute(
        "SELECT t.payload FROM review_task t JOIN queue q ON q.id = t.queue_id "
        "WHERE prompt_key(t.payload) = hashtextextended(%(prompt)s, 0) "
        "AND q.tenant_id = %(tenant_id)s AND t.id <> %(task_id)s "
        "ORDER BY t.id DESC LIMIT %(limit)s",
        {**answer, "prompt": prompt, "limit": SAME_PROMPT},
    )
    return await rows.fetchall()


async def remember(conn: Connection, answer: Row, runs: Sequence[int]) -> list[Row]:
    """Keep a text's runs, and give the answers of others that share most of them."""
    rows = await conn.execute(
        """
        WITH mine AS (SELECT unnest(%(runs)s::bigint[]) AS run),
        kept AS (
            INSERT INTO text_run (run, reviewer, assignment_id)
            SELECT run, %(reviewer)s, %(id)s FROM mine ORDER BY run
            ON CONFLICT (run, reviewer) DO UPDATE SET assignment_id = excluded.assignment_id),
        near AS (
            SELECT other.assignment_id FROM mine, LATERAL (
                SELECT assignment_id FROM text_run r
                WHERE r.run = mine.run AND r.reviewer <> %(reviewer)s LIMIT %(per_run)s) other
            GROUP BY other.assignment_id ORDER BY count(*) DESC, other.assignment_id
            LIMIT %(nearest)s)
        SELECT a.id, w.answer, w.comment FROM near JOIN assignment a ON a.id = near.assignment_id
        JOIN response w ON w.assignment_id = a.id AND w.revision = a.revision
        """,
        {**answer, "runs": list(runs), "per_run": _PER_RUN, "nearest": NEAREST},
    )
    return await rows.fetchall()


async def flag(conn: Connection, assignment_id: str, found: Sequence[Evidence]) -> None:
    """Ask a QA lead about each; an answer given anew is measured anew until somebody decided."""
    await conn.execute(
        "INSERT INTO flag (assignment_id, rule, severity, measured, raised_by) "
        "SELECT %s, rule, severity, measured, 'evidence' "
        "FROM unnest(%s::text[], %s::text[], %s::jsonb[]) AS n(rule, severity, measured) "
        "ON CONFLICT (assignment_id, rule) DO UPDATE "
        "SET severity = excluded.severity, measured = excluded.measured "
        "WHERE flag.state = 'open'",
        (
            assignment_id,
            [e.rule for e in found],
            [e.severity for e in found],
            [Jsonb(dict(e.measured)) for e in found],
        ),
    )
