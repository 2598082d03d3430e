"""The SQL of batches under contract."""

from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from services.contracts.states import UNDELIVERED
from services.database.pool import Connection, Row, fetch_one

BATCH = (
    "b.id, b.tenant_id, b.order_id, b.seq, b.kind, b.number, b.makes_up_for, b.state, b.version, "
    "b.planned_qty, b.delivered_qty, b.starts_at, b.started_at, b.due_at, b.delivered_at, "
    "b.accept_by, b.settled_at, b.purged_at, b.guideline_n, b.summary, b.error, b.progress, "
    "b.tasks_open, b.created_at"
)


async def add(
    conn: Connection,
    tenant: str,
    order_id: str,
    kind: str,
    number: int | None,
    makes_up_for: str | None,
    planned_qty: int,
    starts_at: datetime,
    due_at: datetime,
) -> str:
    """Plan a batch, and give its id."""
    row = await fetch_one(
        conn,
        "INSERT INTO batch (tenant_id, order_id, seq, kind, number, makes_up_for, planned_qty, "
        "starts_at, due_at) SELECT %s, %s, coalesce(max(seq), 0) + 1, %s, %s, %s, %s, %s, %s "
        "FROM batch WHERE order_id = %s RETURNING id",
        tenant,
        order_id,
        kind,
        number,
        makes_up_for,
        planned_qty,
        starts_at,
        due_at,
        order_id,
    )
    assert row is not None
    return str(row["id"])


async def batch(conn: Connection, tenant: str, batch_id: str) -> Row | None:
    """One batch under contract of a tenant."""
    return await fetch_one(
        conn,
        f"SELECT {BATCH} FROM batch b WHERE b.tenant_id = %s AND b.id = %s AND kind IS NOT NULL",
        tenant,
        batch_id,
    )


async def batches_of(conn: Connection, order_id: str) -> list[Row]:
    """The batches of an order, in sequence."""
    rows = await conn.execute(
        f"SELECT {BATCH} FROM batch b WHERE b.order_id = %s ORDER BY b.seq", (order_id,)
    )
    return await rows.fetchall()


async def counts(conn: Connection, order_id: str) -> Row:
    """How many batches of production are undelivered, and how many are not decided."""
    row = await fetch_one(
        conn,
        "SELECT count(*) FILTER (WHERE state = ANY(%s)) AS undelivered, "
        "count(*) FILTER (WHERE state = 'delivered') AS undecided "
        "FROM batch WHERE order_id = %s AND kind IN ('production', 'makeup')",
        list(UNDELIVERED),
        order_id,
    )
    assert row is not None
    return row


async def start(
    conn: Connection, batch_id: str, guideline_n: int | None, at: datetime, arrives: datetime | None
) -> None:
    """Write down that production was told to begin."""
    await conn.execute(
        "UPDATE batch SET started_at = %s, guideline_n = %s, arrives_at = %s WHERE id = %s",
        (at, guideline_n, arrives, batch_id),
    )


async def shift(conn: Connection, order_id: str, by: timedelta) -> None:
    """Put off all that is not delivered yet."""
    await conn.execute(
        "UPDATE batch SET starts_at = starts_at + %(by)s, due_at = due_at + %(by)s, "
        "arrives_at = arrives_at + %(by)s, version = version + 1 "
        "WHERE order_id = %(order)s AND state = ANY(%(states)s)",
        {"by": by, "order": order_id, "states": list(UNDELIVERED)},
    )


async def undelivered(conn: Connection, order_id: str) -> list[Row]:
    """The batches of an order that are not delivered yet."""
    rows = await conn.execute(
        "SELECT id, state, started_at, due_at FROM batch "
        "WHERE order_id = %s AND state = ANY(%s) ORDER BY seq",
        (order_id, list(UNDELIVERED)),
    )
    return await rows.fetchall()


async def deliver(
    conn: Connection, batch_id: str, units: int, at: datetime, accept_by: datetime
) -> None:
    """Write down what was delivered, and until when the lab decides."""
    await conn.execute(
        "UPDATE batch SET delivered_qty = %s, delivered_at = %s, accept_by = %s WHERE id = %s",
        (units, at, accept_by, batch_id),
    )


async def settle(conn: Connection, batch_id: str, at: datetime) -> None:
    """Write down when a batch was settled."""
    await conn.execute("UPDATE batch SET settled_at = %s WHERE id = %s", (at, batch_id))


async def remind(conn: Connection, batch_id: str, at: datetime) -> None:
    """Write down that the lab was reminded."""
    await conn.execute("UPDATE batch SET reminded_at = %s WHERE id = %s", (at, batch_id))


async def add_manifest(
    conn: Connection, tenant: str, batch_id: str, body: str, sha256: str, signature: str
) -> None:
    """Keep the manifest of a delivered batch."""
    await conn.execute(
        "INSERT INTO manifest (tenant_id, batch_id, body, sha256, signature) "
        "VALUES (%s, %s, %s, %s, %s)",
        (tenant, batch_id, body, sha256, signature),
    )


async def manifest(conn: Connection, batch_id: str) -> Row | None:
    """The manifest of a batch."""
    return await fetch_one(
        conn, "SELECT body, sha256, signature FROM manifest WHERE batch_id = %s", batch_id
    )


async def add_feedback(
    conn: Connection, tenant: str, batch_id: str, body: dict[str, Any], author: str, at: datetime
) -> str:
    """Keep what a lab says of a batch, and give its id."""
    row = await fetch_one(
        conn,
        "INSERT INTO feedback (tenant_id, batch_id, body, author, at) "
        "VALUES (%s, %s, %s, %s, %s) RETURNING id",
        tenant,
        batch_id,
        Jsonb(body),
        author,
        at,
    )
    assert row is not None
    return str(row["id"])


async def feedback(conn: Connection, batch_id: str, after: str | None, limit: int) -> list[Row]:
    """What a lab said of a batch, oldest first."""
    rows = await conn.execute(
        "SELECT id, batch_id, body, author, at FROM feedback WHERE batch_id = %s "
        "AND (%s::text IS NULL OR id > %s) ORDER BY id LIMIT %s",
        (batch_id, after, after, limit),
    )
    return await rows.fetchall()
