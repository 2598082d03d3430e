"""The SQL of what only the portal shows."""

from services.database.pool import Connection, Row


async def own_terms(conn: Connection, reviewer: str, queue_ids: list[str]) -> dict[str, Row]:
    """How far a reviewer is in each queue: skills and training, and how long an answer takes them.

    `median_ms` is of their last answers there, None without any.
    """
    rows = await conn.execute(
        """
        WITH mine AS MATERIALIZED (
            SELECT t.queue_id, l.active_ms
            FROM (SELECT assignment_id, active_ms FROM work_ledger WHERE reviewer = %(reviewer)s
                  ORDER BY at DESC LIMIT 500) l
            JOIN assignment a ON a.id = l.assignment_id JOIN review_task t ON t.id = a.task_id)
        SELECT q.id, q.grants, q.test_items, m.median_ms, m.answered, EXISTS (
            SELECT 1 FROM qualification s WHERE s.reviewer = %(reviewer)s AND s.skill = q.grants
              AND (s.expires_at IS NULL OR s.expires_at > now())) AS passed
        FROM queue q CROSS JOIN LATERAL (
            SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY active_ms) AS median_ms,
                   count(*) AS answered
            FROM mine WHERE mine.queue_id = q.id) m
        WHERE q.id = ANY(%(ids)s)
        """,
        {"reviewer": reviewer, "ids": queue_ids},
    )
    return {row["id"]: row for row in await rows.fetchall()}


async def today(conn: Connection, reviewer: str) -> list[Row]:
    """A reviewer's work since midnight (UTC), one row for each currency."""
    rows = await conn.execute(
        """
        SELECT currency, count(*) AS answers, sum(active_ms) AS active_ms,
               sum(amount_minor) AS amount_minor
        FROM work_ledger WHERE reviewer = %s
          AND at >= date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
        GROUP BY currency ORDER BY currency
        """,
        (reviewer,),
    )
    return await rows.fetchall()


async def held(conn: Connection, reviewer: str) -> int:
    """How many tasks are kept for a reviewer now."""
    rows = await conn.execute(
        "SELECT count(*) AS held FROM assignment "
        "WHERE reviewer = %s AND state = 'leased' AND expires_at > now()",
        (reviewer,),
    )
    row = await rows.fetchone()
    assert row is not None
    return int(row["held"])


async def adjudicating(conn: Connection, tenant: str) -> list[Row]:
    """A tenant's queues in which something waits for an adjudicator, or was ever decided."""
    rows = await conn.execute(
        """
        SELECT q.id, q.name, q.kind, w.waiting
        FROM queue q CROSS JOIN LATERAL (
            SELECT count(*) AS waiting FROM review_task t
            WHERE t.queue_id = q.id AND t.state = 'adjudicating') w
        WHERE q.tenant_id = %s AND (q.adjudicate OR w.waiting > 0)
        ORDER BY w.waiting DESC, q.name
        """,
        (tenant,),
    )
    return await rows.fetchall()


async def answer(conn: Connection, tenant: str, assignment_id: str) -> Row | None:
    """An assignment of a tenant's queue with its task; `answer` is None where none was given."""
    rows = await conn.execute(
        """
        SELECT a.id, a.task_id, a.reviewer, a.state, a.reason, w.label, w.answer, w.comment,
               a.guideline_n, w.simulated, w.active_ms, w.writing, w.answered_at,
               t.payload AS item, t.state AS task_state, q.id AS queue_id, q.name AS queue_name,
               q.kind
        FROM assignment a
        LEFT JOIN response w ON w.assignment_id = a.id AND w.revision = a.revision
        JOIN review_task t ON t.id = a.task_id JOIN queue q ON q.id = t.queue_id
        WHERE a.id = %s AND q.tenant_id = %s
        """,
        (assignment_id, tenant),
    )
    return await rows.fetchone()


async def flags_on(conn: Connection, assignment_id: str) -> list[Row]:
    """All flags on an answer, open ones first."""
    rows = await conn.execute(
        "SELECT id, rule, severity, measured, raised_by, state, resolved_by, note, created_at "
        "FROM flag WHERE assignment_id = %s ORDER BY state <> 'open', id",
        (assignment_id,),
    )
    return await rows.fetchall()


async def progress(conn: Connection, queue_id: str, days: int) -> list[Row]:
    """Tasks waiting and done at the end of each of the last days (UTC), from the first task on.

    A task is done with its last answer that counts, or with the adjudicator's decision.
    """
    rows = await conn.execute(
        """
        WITH task AS MATERIALIZED (
            SELECT t.created_at AS came, CASE WHEN t.state = 'done' THEN coalesce(
                greatest(max(a.ended_at), max(d.at)), t.created_at) END AS went
            FROM review_task t
            LEFT JOIN assignment a ON a.task_id = t.id AND a.state = 'submitted'
            LEFT JOIN adjudication d ON d.task_id = t.id
            WHERE t.queue_id = %(queue)s AND t.state IN ('open', 'adjudicating', 'done')
            GROUP BY t.id),
        day AS (
            SELECT day::date FROM generate_series(
                greatest((now() AT TIME ZONE 'UTC')::date - %(days)s + 1,
                         (SELECT (min(came) AT TIME ZONE 'UTC')::date FROM task)),
                (now() AT TIME ZONE 'UTC')::date, interval '1 day') day)
        SELECT day, count(*) FILTER (WHERE went IS NULL OR went >= ends) AS waiting,
               count(*) FILTER (WHERE went < ends) AS done
        FROM (SELECT day, (day + 1)::timestamp AT TIME ZONE 'UTC' AS ends FROM day) each
        JOIN task ON task.came < each.ends
        GROUP BY day ORDER BY day
        """,
        {"queue": queue_id, "days": days},
    )
    return await rows.fetchall()
