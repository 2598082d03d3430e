"""The SQL of operations."""

from collections.abc import Sequence
from typing import Any

from psycopg.types.json import Jsonb

from services.database.pool import Connection, Row, fetch_one

_OPERATION = "id, kind, request, state, done, total, files, error, created_at, ended_at"


async def add(conn: Connection, tenant: str, request: dict[str, Any], total: int) -> Row:
    """Add an export to be made, and give it."""
    row = await fetch_one(
        conn,
        "INSERT INTO operation (tenant_id, kind, request, total) VALUES (%s, 'export', %s, %s) "
        f"RETURNING {_OPERATION}",
        tenant,
        Jsonb(request),
        total,
    )
    assert row is not None
    return row


async def operation(conn: Connection, tenant: str, operation_id: str) -> Row | None:
    """One operation of a tenant."""
    return await fetch_one(
        conn,
        f"SELECT {_OPERATION} FROM operation WHERE tenant_id = %s AND id = %s",
        tenant,
        operation_id,
    )


async def page(conn: Connection, tenant: str, after: str | None, limit: int) -> list[Row]:
    """Operations of a tenant, newest first."""
    rows = await conn.execute(
        f"SELECT {_OPERATION} FROM operation WHERE tenant_id = %s "
        "AND (%s::text IS NULL OR id < %s) ORDER BY id DESC LIMIT %s",
        (tenant, after, after, limit),
    )
    return await rows.fetchall()


async def take(conn: Connection, lease_s: float) -> Row | None:
    """Take the oldest operation that nobody works at, for a while."""
    return await fetch_one(
        conn,
        "UPDATE operation SET state = 'running', "
        "taken_until = now() + make_interval(secs => %s) WHERE id = ("
        "SELECT id FROM operation WHERE ended_at IS NULL "
        "AND (taken_until IS NULL OR taken_until < now()) ORDER BY id LIMIT 1 "
        f"FOR UPDATE SKIP LOCKED) RETURNING tenant_id, {_OPERATION}",
        lease_s,
    )


async def go_on(
    conn: Connection, operation_id: str, files: Sequence[dict[str, Any]], lease_s: float
) -> None:
    """Write down how far an operation is, and hold it on."""
    await conn.execute(
        "UPDATE operation SET done = %s, files = %s, "
        "taken_until = now() + make_interval(secs => %s) WHERE id = %s AND ended_at IS NULL",
        (len(files), Jsonb(list(files)), lease_s, operation_id),
    )


async def end(conn: Connection, operation_id: str, state: str, error: str) -> None:
    """Write down how an operation ended."""
    await conn.execute(
        "UPDATE operation SET state = %s, error = %s, ended_at = coalesce(ended_at, now()), "
        "taken_until = NULL WHERE id = %s",
        (state, error, operation_id),
    )


async def outdated(conn: Connection, days: int) -> list[Row]:
    """Operations whose files are kept no longer."""
    rows = await conn.execute(
        f"SELECT tenant_id, {_OPERATION} FROM operation "
        "WHERE state = 'done' AND ended_at < now() - make_interval(days => %s) LIMIT 100",
        (days,),
    )
    return await rows.fetchall()


async def delivered_batches(
    conn: Connection, tenant: str, order_id: str | None, batch_ids: Sequence[str]
) -> list[str]:
    """The delivered batches of an order, or those of a list, whose items can be read."""
    rows = await conn.execute(
        "SELECT id FROM batch WHERE tenant_id = %s AND kind IS NOT NULL "
        "AND delivered_at IS NOT NULL AND purged_at IS NULL "
        "AND (order_id = %s OR id = ANY(%s)) ORDER BY order_id, seq",
        (tenant, order_id, list(batch_ids)),
    )
    return [row["id"] for row in await rows.fetchall()]
