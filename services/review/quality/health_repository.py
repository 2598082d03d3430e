"""The SQL of a queue's health."""

from services.database.pool import Connection, Row


async def counts(conn: Connection, queue_id: str) -> Row:
    """Tasks by state, free slots, leases, and what waits for somebody to decide."""
    rows = await conn.execute(
        """
        SELECT count(*) FILTER (WHERE state = 'open')::int AS open,
               count(*) FILTER (WHERE state = 'adjudicating')::int AS adjudicating,
               count(*) FILTER (WHERE state = 'done')::int AS done,
               count(*) FILTER (WHERE state = 'cancelled')::int AS cancelled,
               count(*) FILTER (WHERE state = 'gold')::int AS gold,
               coalesce(sum(slots_free) FILTER (WHERE state = 'open'), 0)::int AS slots_free,
               coalesce(sum(answers_needed) FILTER (WHERE state = 'open'), 0)::int
                   AS answers_needed,
               count(*) FILTER (WHERE state = 'done' AND overlap > 1)::int AS done_with_overlap,
               min(created_at) FILTER (WHERE state = 'open') AS oldest_open_at
        FROM review_task WHERE queue_id = %s
        """,
        (queue_id,),
    )
    row = await rows.fetchone()
    assert row is not None
    return row


async def work(conn: Connection, queue_id: str, breaking: int) -> Row:
    """What became of leases, and how answers fare."""
    rows = await conn.execute(
        """
        SELECT count(*) FILTER (WHERE a.state = 'submitted')::int AS counted,
               count(*) FILTER (WHERE a.state = 'surplus')::int AS surplus,
               count(*) FILTER (WHERE a.state = 'voided')::int AS voided,
               count(*) FILTER (WHERE a.state = 'leased')::int AS leased,
               count(*) FILTER (WHERE a.state = 'expired')::int AS expired,
               count(*) FILTER (WHERE a.revision > 0 AND a.guideline_n < %(breaking)s)::int
                   AS stale,
               count(DISTINCT a.reviewer) FILTER (
                   WHERE a.revision > 0 AND a.ended_at > now() - interval '7 days')::int
                   AS reviewers_week,
               count(g.correct)::int AS gold_answers,
               count(*) FILTER (WHERE g.correct)::int AS gold_correct,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY w.active_ms)
                   FILTER (WHERE w.active_ms > 0) AS median_ms,
               (SELECT count(*) FROM flag f JOIN assignment x ON x.id = f.assignment_id
                JOIN review_task y ON y.id = x.task_id
                WHERE y.queue_id = %(queue)s AND f.state = 'open')::int AS flags_open
        FROM assignment a JOIN review_task t ON t.id = a.task_id
        LEFT JOIN response w ON w.assignment_id = a.id AND w.revision = a.revision
        LEFT JOIN gold_result g ON g.assignment_id = a.id AND a.state <> 'voided'
        WHERE t.queue_id = %(queue)s
        """,
        {"queue": queue_id, "breaking": breaking},
    )
    row = await rows.fetchone()
    assert row is not None
    return row


async def skips(conn: Connection, queue_id: str) -> list[Row]:
    """Why tasks were skipped."""
    rows = await conn.execute(
        "SELECT split_part(a.reason, ':', 1) AS reason, count(*)::int AS n FROM assignment a "
        "JOIN review_task t ON t.id = a.task_id WHERE t.queue_id = %s AND a.state = 'skipped' "
        "GROUP BY 1 ORDER BY n DESC, 1",
        (queue_id,),
    )
    return await rows.fetchall()


async def days(conn: Connection, queue_id: str, count: int) -> list[Row]:
    """Tasks that came and answers that were given on each of the last days (UTC), oldest first."""
    rows = await conn.execute(
        """
        WITH day AS (
            SELECT d::date AS day FROM generate_series(
                (now() AT TIME ZONE 'UTC')::date - %(count)s + 1, (now() AT TIME ZONE 'UTC')::date,
                interval '1 day') d),
        come AS (
            SELECT (created_at AT TIME ZONE 'UTC')::date AS day, count(*) AS n FROM review_task
            WHERE queue_id = %(queue)s AND state <> 'gold'
              AND created_at > now() - make_interval(days => %(count)s + 1) GROUP BY 1),
        given AS (
            SELECT (w.answered_at AT TIME ZONE 'UTC')::date AS day, count(*) AS n
            FROM review_task t JOIN assignment a ON a.task_id = t.id
            JOIN response w ON w.assignment_id = a.id AND w.revision = 1
            WHERE t.queue_id = %(queue)s
              AND w.answered_at > now() - make_interval(days => %(count)s + 1) GROUP BY 1)
        SELECT day.day, coalesce(come.n, 0)::int AS tasks, coalesce(given.n, 0)::int AS answers
        FROM day LEFT JOIN come USING (day) LEFT JOIN given USING (day) ORDER BY day.day
        """,
        {"queue": queue_id, "count": count},
    )
    return await rows.fetchall()
