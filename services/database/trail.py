"""The audit trail: who did what to which object."""

from typing import Any

from psycopg.types.json import Jsonb

from services.database.pool import Connection


async def audit(
    conn: Connection, actor: str, action: str, object_id: str, detail: dict[str, Any]
) -> None:
    """Append to the audit trail, in the caller's transaction."""
    await conn.execute(
        "INSERT INTO audit_event (actor, action, object_id, detail) VALUES (%s, %s, %s, %s)",
        (actor, action, object_id, Jsonb(detail)),
    )
