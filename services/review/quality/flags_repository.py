"""The SQL of flags: evidence on an answer, and what a QA lead made of it."""

from services.database.pool import Connection, Row

_COLUMNS = (
    "f.id, f.assignment_id, a.task_id, q.id AS queue_id, q.name AS queue_name, a.reviewer, f.rule, "
    "f.severity, f.measured, f.raised_by, f.state, f.resolved_by, f.note, f.created_at"
)
_FROM = (
    "FROM flag f JOIN assignment a ON a.id = f.assignment_id "
    "JOIN review_task t ON t.id = a.task_id JOIN queue q ON q.id = t.queue_id"
)


async def find(
    conn: Connection, tenant: str, state: str | None, queue_id: str | None, after: str, limit: int
) -> list[Row]:
    """Flags of a tenant's queues, oldest first."""
    rows = await conn.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE q.tenant_id = %(tenant)s AND f.id > %(after)s "
        "AND (%(state)s::text IS NULL OR f.state = %(state)s) "
        "AND (%(queue)s::text IS NULL OR q.id = %(queue)s) ORDER BY f.id LIMIT %(limit)s",
        {"tenant": tenant, "state": state, "queue": queue_id, "after": after, "limit": limit},
    )
    return await rows.fetchall()


async def resolve(
    conn: Connection, tenant: str, flag_id: str, by: str, state: str, note: str
) -> Row | None:
    """Close an open flag; None where there is none of this id."""
    rows = await conn.execute(
        "UPDATE flag f SET state = %s, resolved_by = %s, note = %s "
        "FROM assignment a, review_task t, queue q "
        "WHERE f.id = %s AND f.state = 'open' AND a.id = f.assignment_id AND t.id = a.task_id "
        f"AND q.id = t.queue_id AND q.tenant_id = %s RETURNING {_COLUMNS}",
        (state, by, note, flag_id, tenant),
    )
    return await rows.fetchone()


async def about(conn: Connection, reviewer: str, limit: int) -> list[Row]:
    """Flags on one reviewer's answers, newest first."""
    rows = await conn.execute(
        f"SELECT {_COLUMNS} {_FROM} WHERE a.reviewer = %s ORDER BY f.id DESC LIMIT %s",
        (reviewer, limit),
    )
    return await rows.fetchall()


async def voids_of(conn: Connection, reviewer: str, limit: int) -> list[Row]:
    """One reviewer's voided answers, newest first."""
    rows = await conn.execute(
        "SELECT a.id AS assignment_id, q.name AS queue_name, v.reason, v.asked_at "
        "FROM assignment a JOIN void_request v ON v.assignment_id = a.id "
        "JOIN review_task t ON t.id = a.task_id JOIN queue q ON q.id = t.queue_id "
        "WHERE a.reviewer = %s AND a.state = 'voided' ORDER BY v.asked_at DESC LIMIT %s",
        (reviewer, limit),
    )
    return await rows.fetchall()
