"""The SQL of rehearsals."""

from typing import Any

from psycopg.types.json import Jsonb

from services.database.pool import Connection, Row, fetch_one


async def set_scenario(conn: Connection, tenant: str, order_id: str, body: dict[str, Any]) -> None:
    """Keep how an order's production is to behave."""
    await conn.execute(
        "INSERT INTO scenario (tenant_id, order_id, body) VALUES (%s, %s, %s) "
        "ON CONFLICT (order_id) DO UPDATE SET body = excluded.body",
        (tenant, order_id, Jsonb(body)),
    )


async def scenario(conn: Connection, order_id: str) -> dict[str, Any]:
    """How an order's production behaves."""
    row = await fetch_one(conn, "SELECT body FROM scenario WHERE order_id = %s", order_id)
    body: dict[str, Any] = row["body"] if row is not None else {}
    return body


async def calibrations_before(conn: Connection, order_id: str, seq: int) -> int:
    """How many calibration batches an order had before this one."""
    row = await fetch_one(
        conn,
        "SELECT count(*) AS n FROM batch WHERE order_id = %s AND kind = 'calibration' AND seq < %s",
        order_id,
        seq,
    )
    assert row is not None
    return int(row["n"])


async def earlier_items(conn: Connection, tenant: str, limit: int) -> list[Row]:
    """Items that a rehearsal was delivered last and did not reject."""
    rows = await conn.execute(
        "SELECT i.content FROM batch_item i JOIN batch b ON b.id = i.batch_id "
        "WHERE b.tenant_id = %s AND b.purged_at IS NULL "
        "AND i.decision IS DISTINCT FROM 'rejected' ORDER BY b.delivered_at DESC, i.n LIMIT %s",
        (tenant, limit),
    )
    return await rows.fetchall()
