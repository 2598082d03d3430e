"""What was answered to requests that may be repeated, kept for 48 hours."""

import secrets

from psycopg.types.json import Jsonb

from services.database.pool import Connection, Row, fetch_one

_LOCK_SPACE = 73
_OLD = "created_at < now() - interval '48 hours'"
_TAKE = f"""
WITH locked AS MATERIALIZED (
    SELECT pg_try_advisory_xact_lock(hashtextextended(%(lock)s, {_LOCK_SPACE})) AS got),
made AS (
    INSERT INTO idempotency AS i (tenant_id, key, route, fingerprint)
    SELECT %(tenant)s, %(key)s, %(route)s, %(fingerprint)s FROM locked WHERE got
    ON CONFLICT (tenant_id, key) DO UPDATE SET
        route = EXCLUDED.route, fingerprint = EXCLUDED.fingerprint, status = NULL, body = NULL,
        headers = '{{}}', created_at = now()
        WHERE i.{_OLD}
    RETURNING 1)
SELECT got, EXISTS (SELECT FROM made) AS new FROM locked"""
_CLEARED_EVERY = 100


class InFlight(Exception):
    """Another request has this key now."""


async def take(conn: Connection, tenant: str, key: str, route: str, fingerprint: str) -> Row | None:
    """Reserve a key and give None, or give what is stored under it; raises InFlight.

    Others are kept from it while the transaction lasts.
    """
    rows = await conn.execute(
        _TAKE,
        {
            "lock": f"{tenant} {key}",
            "tenant": tenant,
            "key": key,
            "route": route,
            "fingerprint": fingerprint,
        },
    )
    taken = await rows.fetchone()
    assert taken is not None
    if not taken["got"]:
        raise InFlight
    if taken["new"]:
        if not secrets.randbelow(_CLEARED_EVERY):
            await conn.execute(f"DELETE FROM idempotency WHERE {_OLD}")
        return None
    return await fetch_one(
        conn,
        "SELECT route, fingerprint, status, body, headers FROM idempotency "
        "WHERE tenant_id = %s AND key = %s",
        tenant,
        key,
    )


async def store(
    conn: Connection, tenant: str, key: str, status: int, body: str, headers: dict[str, str]
) -> None:
    """Keep the response that a repeat of the request gets."""
    await conn.execute(
        "UPDATE idempotency SET status = %s, body = %s, headers = %s "
        "WHERE tenant_id = %s AND key = %s",
        (status, body, Jsonb(headers), tenant, key),
    )
