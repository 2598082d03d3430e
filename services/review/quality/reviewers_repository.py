"""The SQL of figures about reviewers."""

from services.database.pool import Connection, Row

_WORK = """
    count(*) FILTER (WHERE a.state = 'submitted')::int AS counted,
    count(*) FILTER (WHERE a.state = 'surplus')::int AS surplus,
    count(*) FILTER (WHERE a.state = 'voided')::int AS voided,
    count(*) FILTER (WHERE a.state = 'skipped')::int AS skipped,
    count(*) FILTER (WHERE a.state = 'released')::int AS released,
    count(*) FILTER (WHERE a.state = 'expired')::int AS expired,
    count(*) FILTER (WHERE a.state = 'leased')::int AS leased,
    count(*) FILTER (WHERE g.correct IS NOT NULL AND a.state <> 'voided')::int AS gold,
    count(*) FILTER (WHERE g.correct AND a.state <> 'voided')::int AS gold_correct,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY w.active_ms)
        FILTER (WHERE w.active_ms > 0) AS median_ms,
    max(a.ended_at) AS last_at"""
_FROM = """
    FROM assignment a JOIN review_task t ON t.id = a.task_id
    LEFT JOIN response w ON w.assignment_id = a.id AND w.revision = a.revision
    LEFT JOIN gold_result g ON g.assignment_id = a.id"""


async def of_queue(conn: Connection, queue_id: str) -> list[Row]:
    """Each reviewer's work in a queue."""
    rows = await conn.execute(
        f"""
        SELECT work.*, r.simulated, coalesce(flags.open, 0)::int AS flags_open,
               coalesce(flags.upheld, 0)::int AS flags_upheld
        FROM (SELECT a.reviewer, {_WORK} {_FROM} WHERE t.queue_id = %(queue)s
              GROUP BY a.reviewer) work
        JOIN reviewer r ON r.pseudonym = work.reviewer
        LEFT JOIN (
            SELECT a.reviewer, count(*) FILTER (WHERE f.state = 'open') AS open,
                   count(*) FILTER (WHERE f.state = 'upheld') AS upheld
            FROM flag f JOIN assignment a ON a.id = f.assignment_id
            JOIN review_task t ON t.id = a.task_id WHERE t.queue_id = %(queue)s
            GROUP BY a.reviewer) flags ON flags.reviewer = work.reviewer
        ORDER BY work.counted DESC, work.reviewer
        """,
        {"queue": queue_id},
    )
    return await rows.fetchall()


async def pool_median_ms(conn: Connection, queues: list[str]) -> dict[str, float]:
    """The median time per answer of each queue, over everybody's newest answers."""
    rows = await conn.execute(
        """
        SELECT q.id, m.ms FROM unnest(%s::text[]) AS q(id), LATERAL (
            SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY active_ms) AS ms FROM (
                SELECT w.active_ms FROM review_task t JOIN counted_answer w ON w.task_id = t.id
                WHERE t.queue_id = q.id AND w.active_ms > 0
                ORDER BY w.answered_at DESC LIMIT 5000) newest) m
        WHERE m.ms IS NOT NULL
        """,
        (queues,),
    )
    return {row["id"]: float(row["ms"]) for row in await rows.fetchall()}


async def by_queue(conn: Connection, reviewer: str) -> list[Row]:
    """One reviewer's work in each queue, the latest first."""
    rows = await conn.execute(
        f"SELECT q.id AS queue_id, q.name AS queue_name, q.purpose, {_WORK} {_FROM} "
        "JOIN queue q ON q.id = t.queue_id WHERE a.reviewer = %s "
        "GROUP BY q.id ORDER BY last_at DESC NULLS FIRST, q.id",
        (reviewer,),
    )
    return await rows.fetchall()


async def gold_in_order(conn: Connection, reviewer: str) -> list[bool]:
    """One reviewer's results on hidden gold, in the order of answers."""
    rows = await conn.execute(
        "SELECT g.correct FROM assignment a JOIN gold_result g ON g.assignment_id = a.id "
        "JOIN review_task t ON t.id = a.task_id JOIN queue q ON q.id = t.queue_id "
        "WHERE a.reviewer = %s AND a.state <> 'voided' AND q.purpose = 'production' "
        "ORDER BY g.at, a.id",
        (reviewer,),
    )
    return [row["correct"] for row in await rows.fetchall()]


async def ledger(conn: Connection, reviewer: str, before: str, limit: int) -> list[Row]:
    """One reviewer's paid work, newest first."""
    rows = await conn.execute(
        "SELECT l.assignment_id, q.id AS queue_id, q.name AS queue_name, a.state, l.active_ms, "
        "l.amount_minor, l.currency, l.at FROM work_ledger l "
        "JOIN assignment a ON a.id = l.assignment_id JOIN review_task t ON t.id = a.task_id "
        "JOIN queue q ON q.id = t.queue_id "
        "WHERE l.reviewer = %(reviewer)s AND (%(before)s = '' OR (l.at, l.assignment_id) < ("
        "SELECT at, assignment_id FROM work_ledger WHERE assignment_id = %(before)s "
        "AND reviewer = %(reviewer)s)) "
        "ORDER BY l.at DESC, l.assignment_id DESC LIMIT %(limit)s",
        {"reviewer": reviewer, "before": before, "limit": limit},
    )
    return await rows.fetchall()


async def earned(conn: Connection, reviewer: str, days: int) -> list[Row]:
    """One reviewer's pay by day (UTC) and currency, newest first."""
    rows = await conn.execute(
        "SELECT (at AT TIME ZONE 'UTC')::date AS day, currency, count(*)::int AS answers, "
        "sum(active_ms)::bigint AS active_ms, sum(amount_minor)::bigint AS amount_minor "
        "FROM work_ledger WHERE reviewer = %s AND at > now() - make_interval(days => %s) "
        "GROUP BY 1, 2 ORDER BY 1 DESC, 2",
        (reviewer, days),
    )
    return await rows.fetchall()


async def earned_in_all(conn: Connection, reviewer: str) -> list[Row]:
    """One reviewer's pay ever, by currency."""
    rows = await conn.execute(
        "SELECT currency, count(*)::int AS answers, sum(active_ms)::bigint AS active_ms, "
        "sum(amount_minor)::bigint AS amount_minor FROM work_ledger WHERE reviewer = %s "
        "GROUP BY currency ORDER BY currency",
        (reviewer,),
    )
    return await rows.fetchall()
