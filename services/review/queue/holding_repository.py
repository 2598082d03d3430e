"""The SQL of what a reviewer does with a lease besides answering it."""

from typing import Any

from psycopg.types.json import Json, Jsonb

from services.database.pool import Connection, Row

LEASE_CAP_S = 4 * 3600
"""How long a task is kept for a reviewer however many signs of life there are."""


async def extend(conn: Connection, assignment_id: str, reviewer: str) -> Row | None:
    """Keep a lease longer; None where the reviewer holds none of this id."""
    rows = await conn.execute(
        "UPDATE assignment a SET expires_at = greatest(a.expires_at, least("
        "now() + make_interval(secs => q.lease_s), a.leased_at + make_interval(secs => %s))) "
        "FROM review_task t JOIN queue q ON q.id = t.queue_id "
        "WHERE a.id = %s AND a.reviewer = %s AND a.state = 'leased' AND t.id = a.task_id "
        "RETURNING a.expires_at",
        (LEASE_CAP_S, assignment_id, reviewer),
    )
    return await rows.fetchone()


async def lock(conn: Connection, assignment_id: str, reviewer: str) -> str | None:
    """The state of a reviewer's assignment; None where they have none of this id."""
    rows = await conn.execute(
        "SELECT a.state FROM reviewer r JOIN assignment a ON a.reviewer = r.pseudonym "
        "WHERE a.id = %s AND r.pseudonym = %s FOR NO KEY UPDATE OF r FOR UPDATE OF a",
        (assignment_id, reviewer),
    )
    row = await rows.fetchone()
    return str(row["state"]) if row else None


async def end(
    conn: Connection, assignment_id: str, state: str, action: str, reason: str, note: str
) -> None:
    """End a lease unanswered, free its slot, and write that down."""
    await conn.execute(
        """
        WITH ended AS (
            UPDATE assignment SET state = %(state)s, ended_at = now(), reason = %(reason)s
            WHERE id = %(id)s RETURNING id, task_id, reviewer),
        noted AS (
            INSERT INTO audit_event (actor, action, object_id, detail)
            SELECT reviewer, %(action)s, id, %(detail)s FROM ended)
        UPDATE review_task t SET slots_free = slots_free + 1 FROM ended
        WHERE t.id = ended.task_id AND t.state = 'open'
        """,
        {
            "id": assignment_id,
            "state": state,
            "action": action,
            "reason": reason,
            "detail": Jsonb({"reason": reason, "note": note} if reason else {}),
        },
    )


async def skips(conn: Connection, assignment_id: str) -> int:
    """How many people have skipped the task of an assignment."""
    rows = await conn.execute(
        "SELECT count(DISTINCT o.reviewer) AS n FROM assignment a "
        "JOIN assignment o ON o.task_id = a.task_id WHERE a.id = %s AND o.state = 'skipped'",
        (assignment_id,),
    )
    row = await rows.fetchone()
    assert row is not None
    return int(row["n"])


async def flag(conn: Connection, assignment_id: str, reviewer: str, rule: str, note: str) -> str:
    """Raise a flag, or find the one of this rule that is there, and give its id."""
    rows = await conn.execute(
        """
        WITH raised AS (
            INSERT INTO flag (assignment_id, rule, severity, measured, raised_by)
            VALUES (%(id)s, %(rule)s, 'review', %(measured)s, %(reviewer)s)
            ON CONFLICT (assignment_id, rule) DO NOTHING RETURNING id),
        noted AS (
            INSERT INTO audit_event (actor, action, object_id, detail)
            SELECT %(reviewer)s, 'task.flagged', %(id)s,
                   jsonb_build_object('rule', %(rule)s::text, 'flag', id) FROM raised)
        SELECT id FROM raised
        UNION ALL SELECT id FROM flag WHERE assignment_id = %(id)s AND rule = %(rule)s LIMIT 1
        """,
        {
            "id": assignment_id,
            "rule": rule,
            "reviewer": reviewer,
            "measured": Jsonb({"note": note}),
        },
    )
    row = await rows.fetchone()
    assert row is not None
    return str(row["id"])


async def save_draft(
    conn: Connection, assignment_id: str, reviewer: str, client_seq: int, body: dict[str, Any]
) -> Row | None:
    """Keep a draft unless a newer one is there; gives `saved_at` and `client_seq` of what is.

    None where the reviewer has no assignment of this id.
    """
    rows = await conn.execute(
        """
        INSERT INTO draft AS d (assignment_id, client_seq, body)
        SELECT id, %(seq)s, %(body)s FROM assignment WHERE id = %(id)s AND reviewer = %(reviewer)s
        ON CONFLICT (assignment_id) DO UPDATE SET (client_seq, body, saved_at) = (
            SELECT excluded.client_seq, excluded.body, now()
            WHERE excluded.client_seq > d.client_seq
            UNION ALL
            SELECT d.client_seq, d.body, d.saved_at
            WHERE excluded.client_seq <= d.client_seq)
        RETURNING saved_at, client_seq
        """,
        {"id": assignment_id, "reviewer": reviewer, "seq": client_seq, "body": Json(body)},
    )
    return await rows.fetchone()
