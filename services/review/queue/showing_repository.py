"""The SQL of what a reviewer is shown of an assignment `a` and its task `t`."""

from services.database.pool import Connection, Row

COLUMNS = (
    "a.id, a.task_id, a.state, a.expires_at, a.presented, a.guideline_n, a.leased_at, t.payload, "
    "q.id AS queue_id, q.name AS queue_name, q.kind, q.purpose, q.lease_s, g.rubric::text AS rubric"
)
TERMS = (
    "JOIN queue q ON q.id = t.queue_id "
    "JOIN guideline g ON g.queue_id = q.id AND g.n = a.guideline_n"
)
_WRITTEN = (
    f"SELECT {COLUMNS}, d.client_seq, d.body AS draft, w.answer "
    f"FROM assignment a JOIN review_task t ON t.id = a.task_id {TERMS} "
    "LEFT JOIN draft d ON d.assignment_id = a.id "
    "LEFT JOIN response w ON w.assignment_id = a.id AND w.revision = a.revision "
)


async def held(conn: Connection, reviewer: str, queue_id: str | None, limit: int) -> list[Row]:
    """What the reviewer holds already, the oldest first."""
    rows = await conn.execute(
        f"{_WRITTEN} WHERE a.reviewer = %s AND a.state = 'leased' AND a.expires_at >= now() "
        "AND (%s::text IS NULL OR t.queue_id = %s) ORDER BY a.leased_at, a.id LIMIT %s",
        (reviewer, queue_id, queue_id, limit),
    )
    return await rows.fetchall()


async def one(conn: Connection, assignment_id: str, reviewer: str) -> Row | None:
    """A reviewer's assignment; None where they have none of this id."""
    rows = await conn.execute(
        f"{_WRITTEN} WHERE a.id = %s AND a.reviewer = %s", (assignment_id, reviewer)
    )
    return await rows.fetchone()
