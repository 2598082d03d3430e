"""What was answered to requests that may be repeated, kept for 48 hours."""

from psycopg.types.json import Jsonb

from services.database.pool import Connection, Row

_LOCK_SPACE = 73


async def lock(conn: Connection, tenant: str, key: str) -> bool:
    """Keep others from this key while the transaction lasts; False while another one has it."""
    rows = await conn.execute(
        "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, %s)) AS got",
        (f"{tenant} {key}", _LOCK_SPACE),
    )
    row = await rows.fetchone()
    return bool(row and row["got"])


async def take(conn: Connection, tenant: str, key: str, route: str, fingerprint: str) -> Row | None:
    """Reserve a locked key and give None, or give what is stored under it."""
    await conn.execute("DELETE FROM idempotency WHERE created_at < now() - interval '48 hours'")
    new = await conn.execute(
        "INSERT INTO idempotency (tenant_id, key, route, fingerprint) VALUES (%s, %s, %s, %s) "
        "ON CONFLICT DO NOTHING",
        (tenant, key, route, fingerprint),
    )
    if new.rowcount == 1:
        return None
    rows = await conn.execute(
        "SELECT route, fingerprint, status, body, headers FROM idempotency "
        "WHERE tenant_id = %s AND key = %s",
        (tenant, key),
    )
    return await rows.fetchone()


async def store(
    conn: Connection, tenant: str, key: str, status: int, body: str, headers: dict[str, str]
) -> None:
    """Keep the response that a repeat of the request gets."""
    await conn.execute(
        "UPDATE idempotency SET status = %s, body = %s, headers = %s "
        "WHERE tenant_id = %s AND key = %s",
        (status, body, Jsonb(headers), tenant, key),
    )
