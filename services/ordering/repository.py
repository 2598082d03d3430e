"""The SQL of tenants, keys, orders and batches."""

from typing import Any

from psycopg.types.json import Jsonb

from services.database.pool import Connection, Row, fetch_one

_BATCH = (
    "id, order_id, seq, kind, number, state, failed_from, error, progress, tasks_open, summary, "
    "planned_qty, delivered_qty, due_at, delivered_at, accept_by, settled_at, version, "
    "delivery_uri, created_at"
)

_DELIVERED = ("delivered", "accepted", "partly_accepted", "rejected", "settled", "cancelled")


async def add_order(conn: Connection, tenant: str, spec: dict[str, Any], sha256: str) -> str:
    """Add an order with its first batch, and give the order's id."""
    row = await fetch_one(
        conn,
        "INSERT INTO orders (tenant_id, spec, spec_sha256) VALUES (%s, %s, %s) RETURNING id",
        tenant,
        Jsonb(spec),
        sha256,
    )
    assert row is not None
    return str(row["id"])


async def add_batch(conn: Connection, order_id: str, seq: int) -> Row:
    """Add a planned batch, and give it."""
    row = await fetch_one(
        conn,
        "INSERT INTO batch (tenant_id, order_id, seq) "
        f"SELECT tenant_id, id, %s FROM orders WHERE id = %s RETURNING {_BATCH}",
        seq,
        order_id,
    )
    assert row is not None
    return row


async def order(conn: Connection, tenant: str, order_id: str) -> Row | None:
    """One order of a tenant."""
    return await fetch_one(
        conn,
        "SELECT o.id, o.state, c.state AS contract_state, o.spec, o.spec_sha256, o.created_at "
        "FROM orders o LEFT JOIN contract c ON c.id = o.id WHERE o.tenant_id = %s AND o.id = %s",
        tenant,
        order_id,
    )


async def orders_page(conn: Connection, tenant: str, after: str | None, limit: int) -> list[Row]:
    """Orders of a tenant, newest first, from below `after`."""
    rows = await conn.execute(
        "SELECT o.id, o.state, c.state AS contract_state, o.spec->>'name' AS name, "
        "(o.spec->>'quantity')::int AS quantity, o.created_at "
        "FROM orders o LEFT JOIN contract c ON c.id = o.id "
        "WHERE o.tenant_id = %s AND (%s::text IS NULL OR o.id < %s) ORDER BY o.id DESC LIMIT %s",
        (tenant, after, after, limit),
    )
    return await rows.fetchall()


async def batches_of(conn: Connection, order_id: str) -> list[Row]:
    """The batches of an order, in sequence."""
    rows = await conn.execute(
        f"SELECT {_BATCH} FROM batch WHERE order_id = %s ORDER BY seq", (order_id,)
    )
    return await rows.fetchall()


async def batch(conn: Connection, batch_id: str, *, lock: bool = False) -> Row | None:
    """One batch with its order's tenant and spec; `lock` keeps others from changing it."""
    return await fetch_one(
        conn,
        "SELECT b.*, o.tenant_id, o.spec, (SELECT coalesce(sum(e.planned_qty), 0)::int "
        "FROM batch e WHERE e.order_id = b.order_id AND e.seq < b.seq) AS planned_before "
        "FROM batch b JOIN orders o ON o.id = b.order_id "
        f"WHERE b.id = %s {'FOR UPDATE OF b' if lock else ''}",
        batch_id,
    )


async def set_state(
    conn: Connection, batch_id: str, state: str, failed_from: str | None, error: str
) -> Row:
    """Put a batch into a state, and its order into the one that follows from it.

    Gives the batch's new version and the time by its tenant's clock.
    """
    row = await fetch_one(
        conn,
        "UPDATE batch SET state = %s, failed_from = %s, error = %s, version = version + 1 "
        "WHERE id = %s RETURNING version, tenant_now(tenant_id) AS now",
        state,
        failed_from,
        error,
        batch_id,
    )
    assert row is not None
    order_state = {"planned": "placed", "failed": "failed"}
    order_state |= dict.fromkeys(_DELIVERED, "delivered")
    await conn.execute(
        "UPDATE orders SET state = %s WHERE id = (SELECT order_id FROM batch WHERE id = %s)",
        (order_state.get(state, "running"), batch_id),
    )
    return row


async def set_progress(conn: Connection, batch_id: str, progress: dict[str, Any]) -> bool:
    """Replace a batch's progress."""
    done = await conn.execute(
        "UPDATE batch SET progress = %s WHERE id = %s", (Jsonb(progress), batch_id)
    )
    return done.rowcount == 1


async def merge_summary(conn: Connection, batch_id: str, facts: dict[str, Any]) -> bool:
    """Add facts to a batch's summary; a fact of the same name is replaced."""
    done = await conn.execute(
        "UPDATE batch SET summary = summary || %s WHERE id = %s", (Jsonb(facts), batch_id)
    )
    return done.rowcount == 1


async def set_delivery(conn: Connection, batch_id: str, uri: str) -> bool:
    """Record where a batch was delivered."""
    done = await conn.execute("UPDATE batch SET delivery_uri = %s WHERE id = %s", (uri, batch_id))
    return done.rowcount == 1
