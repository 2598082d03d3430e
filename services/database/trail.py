"""The audit trail: who did what to which object. Each tenant's is a chain of hashes."""

from typing import Any

from psycopg.types.json import Jsonb

from services.database.pool import Connection, Row

PLATFORM = ""
"""The trail of what concerns no single tenant: log-ins, and what reviewers do."""


async def audit(
    conn: Connection,
    actor: str,
    action: str,
    object_id: str,
    detail: dict[str, Any],
    *,
    tenant: str = PLATFORM,
) -> None:
    """Append to a trail, in the caller's transaction."""
    await conn.execute(
        "INSERT INTO audit_event (tenant_id, actor, action, object_id, detail) "
        "VALUES (%s, %s, %s, %s, %s)",
        (tenant, actor, action, object_id, Jsonb(detail)),
    )


async def seal(conn: Connection, tenant: str) -> int:
    """Chain what is new in a trail, and give how many events that were.

    Events of transactions that run, or that began before one that runs, wait for the next time.
    """
    rows = await conn.execute("SELECT seal_audit(%s) AS n", (tenant,))
    row = await rows.fetchone()
    assert row is not None
    return int(row["n"])


async def sealed(
    conn: Connection, tenant: str, after: int, limit: int, object_id: str | None = None
) -> list[Row]:
    """Sealed events of a trail from behind place `after` on, with the line that was hashed."""
    rows = await conn.execute(
        "SELECT s.n, s.hash, audit_line(e) AS line, e.at, e.actor, e.action, e.object_id, e.detail "
        "FROM audit_seal s JOIN audit_event e ON e.id = s.event_id "
        "WHERE s.tenant_id = %s AND s.n > %s AND (%s::text IS NULL OR e.object_id = %s) "
        "ORDER BY s.n LIMIT %s",
        (tenant, after, object_id, object_id, limit),
    )
    return await rows.fetchall()
