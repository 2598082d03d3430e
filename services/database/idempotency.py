"""What was answered to requests that may be repeated, kept for 48 hours."""

from services.database.pool import Connection, Row


async def take(conn: Connection, tenant: str, key: str, route: str, fingerprint: str) -> Row | None:
    """Reserve a key and give None, or give what is stored under it.

    A second request with the same key waits here until the first one's transaction ends. Keys are
    kept for 48 hours.
    """
    await conn.execute("DELETE FROM idempotency WHERE created_at < now() - interval '48 hours'")
    new = await conn.execute(
        "INSERT INTO idempotency (tenant_id, key, route, fingerprint) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT DO NOTHING",
        (tenant, key, route, fingerprint),
    )
    if new.rowcount == 1:
        return None
    rows = await conn.execute(
        "SELECT route, fingerprint, status, body FROM idempotency "
        "WHERE tenant_id = %s AND key = %s",
        (tenant, key),
    )
    return await rows.fetchone()


async def store(conn: Connection, tenant: str, key: str, status: int, body: str) -> None:
    """Keep the response that a repeat of the request gets."""
    await conn.execute(
        "UPDATE idempotency SET status = %s, body = %s WHERE tenant_id = %s AND key = %s",
        (status, body, tenant, key),
    )
