"""The SQL of events, and of endpoints and deliveries as their tenant sees them."""

from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from services.database.pool import Connection, Row

CHANNEL = "ingot_webhooks"
"""Senders listen here."""
_ENDPOINT = (
    "id, url, types, description, created_at, failing_since, disabled_at, disabled_because, "
    "CASE WHEN resting_until > now() THEN resting_until END AS resting_until, "
    "CASE WHEN old_secret_until > now() THEN old_secret_until END AS old_secret_until"
)
_ATTEMPTS_SHOWN = 20
_DELIVERY = f"""
SELECT d.id, d.event_id, d.endpoint_id, e.disabled_at IS NULL AS enabled, v.type, d.state, d.tries,
       d.created_at, d.ended_at,
       CASE WHEN d.state = 'pending' THEN d.due_at END AS next_try_at, a.attempts
FROM webhook_delivery d
JOIN webhook_endpoint e ON e.id = d.endpoint_id AND e.deleted_at IS NULL
JOIN event v ON v.id = d.event_id
CROSS JOIN LATERAL (
    SELECT coalesce(json_agg(json_build_object(
        'at', at, 'status', status, 'error', error, 'duration_ms', duration_ms, 'response', response
    ) ORDER BY id DESC), '[]') AS attempts
    FROM (SELECT * FROM webhook_attempt WHERE delivery_id = d.id ORDER BY id DESC
          LIMIT {_ATTEMPTS_SHOWN}) shown) a
WHERE d.tenant_id = %(tenant)s
"""


async def add_event(
    conn: Connection,
    tenant: str,
    kind: str,
    object_id: str,
    data: dict[str, Any],
    at: datetime | None,
    *,
    only: str | None = None,
) -> str:
    """Add an event with a delivery for each endpoint that wants it, or for `only` this one."""
    row = await _one(
        conn,
        """
        WITH made AS (
            INSERT INTO event (tenant_id, type, object_id, data, at)
            VALUES (%(tenant)s, %(kind)s, %(object_id)s, %(data)s, coalesce(%(at)s, now()))
            RETURNING id),
        queued AS (
            INSERT INTO webhook_delivery (tenant_id, endpoint_id, event_id)
            SELECT e.tenant_id, e.id, made.id FROM made, webhook_endpoint e
            WHERE e.tenant_id = %(tenant)s AND e.deleted_at IS NULL AND e.disabled_at IS NULL
              AND CASE WHEN %(only)s::text IS NULL THEN e.types IS NULL OR %(kind)s = ANY (e.types)
                       ELSE e.id = %(only)s END
            RETURNING 1)
        SELECT made.id, (SELECT count(*) FROM queued) AS queued FROM made
        """,
        tenant=tenant,
        kind=kind,
        object_id=object_id,
        data=Jsonb(data),
        at=at,
        only=only,
    )
    assert row is not None
    if row["queued"]:
        await wake_senders(conn)
    return str(row["id"])


async def wake_senders(conn: Connection) -> None:
    """Have senders look for what is due, once this transaction commits."""
    await conn.execute("SELECT pg_notify(%s, '')", (CHANNEL,))


async def place_in_feed(conn: Connection, tenant: str, event_id: str) -> str | None:
    """The transaction of a tenant's event; None where there is none."""
    row = await _one(
        conn,
        "SELECT xid::text FROM event WHERE tenant_id = %(tenant)s AND id = %(id)s",
        tenant=tenant,
        id=event_id,
    )
    return str(row["xid"]) if row else None


async def feed(conn: Connection, tenant: str, xid: str, after: str, limit: int) -> list[Row]:
    """A tenant's events from behind a place on, the first transaction first.

    None is ever put before one that was shown: what began before a transaction that still runs
    waits for its end.
    """
    rows = await conn.execute(
        "SELECT id, type, at, data FROM event WHERE tenant_id = %s AND (xid, id) > (%s::xid8, %s) "
        "AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid, id LIMIT %s",
        (tenant, xid, after, limit),
    )
    return await rows.fetchall()


async def lock_endpoints(conn: Connection, tenant: str) -> None:
    """Have others who make endpoints of this tenant wait."""
    await conn.execute("SELECT 1 FROM tenant WHERE id = %s FOR NO KEY UPDATE", (tenant,))


async def twin(conn: Connection, tenant: str, url: str, types: list[str] | None) -> str | None:
    """The id of a living endpoint of a tenant that is told the same at the same URL."""
    row = await _one(
        conn,
        "SELECT id FROM webhook_endpoint WHERE tenant_id = %(tenant)s AND deleted_at IS NULL "
        "AND url = %(url)s AND types IS NOT DISTINCT FROM %(types)s::text[] LIMIT 1",
        tenant=tenant,
        url=url,
        types=types,
    )
    return str(row["id"]) if row else None


async def new_endpoint_id(conn: Connection, tenant: str, most: int) -> str | None:
    """An id for one more endpoint, or None where the tenant has `most`."""
    row = await _one(
        conn,
        "SELECT new_id('whe') AS id FROM webhook_endpoint "
        "WHERE tenant_id = %(tenant)s AND deleted_at IS NULL HAVING count(*) < %(most)s",
        tenant=tenant,
        most=most,
    )
    return str(row["id"]) if row else None


async def add_endpoint(conn: Connection, row: Row) -> None:
    """Add an endpoint: id, tenant_id, url, types, description and its sealed secret."""
    await conn.execute(
        "INSERT INTO webhook_endpoint (id, tenant_id, url, types, description, secret) VALUES "
        "(%(id)s, %(tenant_id)s, %(url)s, %(types)s, %(description)s, %(secret)s)",
        row,
    )


async def endpoint(
    conn: Connection, tenant: str, endpoint_id: str, *, lock: bool = False
) -> Row | None:
    """A living endpoint of a tenant; `lock` keeps others from changing it."""
    return await _one(
        conn,
        f"SELECT {_ENDPOINT} FROM webhook_endpoint WHERE tenant_id = %(tenant)s AND id = %(id)s "
        f"AND deleted_at IS NULL {'FOR NO KEY UPDATE' if lock else ''}",
        tenant=tenant,
        id=endpoint_id,
    )


async def endpoints(conn: Connection, tenant: str, after: str | None, limit: int) -> list[Row]:
    """Living endpoints of a tenant, newest first."""
    rows = await conn.execute(
        f"SELECT {_ENDPOINT} FROM webhook_endpoint WHERE tenant_id = %s AND deleted_at IS NULL "
        "AND (%s::text IS NULL OR id < %s) ORDER BY id DESC LIMIT %s",
        (tenant, after, after, limit),
    )
    return await rows.fetchall()


async def change_endpoint(conn: Connection, endpoint_id: str, row: Row) -> None:
    """Replace url, types, description and `disabled_because`, which is '' for one that is on.

    With `afresh` it neither fails nor rests any more.
    """
    await conn.execute(
        """
        UPDATE webhook_endpoint SET
            url = %(url)s, types = %(types)s, description = %(description)s,
            disabled_because = %(disabled_because)s,
            disabled_at =
                CASE WHEN %(disabled_because)s <> '' THEN coalesce(disabled_at, now()) END,
            failing_since = CASE WHEN %(afresh)s THEN NULL ELSE failing_since END,
            resting_until = CASE WHEN %(afresh)s THEN NULL ELSE resting_until END
        WHERE id = %(id)s
        """,
        row | {"id": endpoint_id},
    )


async def delete_endpoint(conn: Connection, tenant: str, endpoint_id: str) -> bool:
    """End an endpoint and all that waits for it; False where none lives."""
    done = await conn.execute(
        "UPDATE webhook_endpoint SET deleted_at = now(), secret = '', old_secret = NULL, "
        "old_secret_until = NULL WHERE tenant_id = %s AND id = %s AND deleted_at IS NULL",
        (tenant, endpoint_id),
    )
    await conn.execute(
        "UPDATE webhook_delivery SET state = 'dead', ended_at = now() "
        "WHERE tenant_id = %s AND endpoint_id = %s AND state = 'pending'",
        (tenant, endpoint_id),
    )
    return done.rowcount == 1


async def rotate_secret(
    conn: Connection, endpoint_id: str, sealed: bytes, overlap_hours: float
) -> None:
    """Put a new secret in the place of the present one, which ends after the overlap."""
    await conn.execute(
        "UPDATE webhook_endpoint SET old_secret = secret, secret = %s, "
        "old_secret_until = now() + make_interval(secs => %s) WHERE id = %s",
        (sealed, overlap_hours * 3600, endpoint_id),
    )


async def deliveries(
    conn: Connection,
    tenant: str,
    endpoint_id: str,
    state: str | None,
    after: str | None,
    limit: int,
) -> list[Row]:
    """Deliveries of an endpoint with their last attempts, newest first."""
    rows = await conn.execute(
        f"{_DELIVERY} AND d.endpoint_id = %(endpoint)s "
        "AND (%(state)s::text IS NULL OR d.state = %(state)s) "
        "AND (%(after)s::text IS NULL OR d.id < %(after)s) ORDER BY d.id DESC LIMIT %(limit)s",
        {
            "tenant": tenant,
            "endpoint": endpoint_id,
            "state": state,
            "after": after,
            "limit": limit,
        },
    )
    return await rows.fetchall()


async def delivery(conn: Connection, tenant: str, delivery_id: str) -> Row | None:
    """A delivery to a living endpoint, and whether that is `enabled`."""
    return await _one(conn, f"{_DELIVERY} AND d.id = %(id)s", tenant=tenant, id=delivery_id)


async def delivery_of(conn: Connection, tenant: str, event_id: str, endpoint_id: str) -> Row | None:
    """The delivery of an event to an endpoint."""
    return await _one(
        conn,
        f"{_DELIVERY} AND d.event_id = %(event)s AND d.endpoint_id = %(endpoint)s",
        tenant=tenant,
        event=event_id,
        endpoint=endpoint_id,
    )


async def put_back(conn: Connection, delivery_id: str) -> bool:
    """Have a delivery that is over go out again; False where it is not over."""
    done = await conn.execute(
        "UPDATE webhook_delivery SET state = 'pending', tries = 0, due_at = now(), ended_at = NULL "
        "WHERE id = %s AND state <> 'pending'",
        (delivery_id,),
    )
    return done.rowcount == 1


async def _one(conn: Connection, sql: str, **values: object) -> Row | None:
    rows = await conn.execute(sql, values)
    return await rows.fetchone()
