"""The SQL of orders under contract and of their amendments."""

from datetime import datetime, timedelta
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from services.database.pool import Connection, Row, fetch_one


async def contract(conn: Connection, tenant: str, order_id: str, *, lock: bool) -> Row | None:
    """One contract with its quote's figures and the tenant's time."""
    return await fetch_one(
        conn,
        "SELECT c.*, c.late_credit_pct::float8, c.late_credit_cap_pct::float8, q.currency, "
        "q.total, q.price_book, tenant_now(c.tenant_id) AS now "
        "FROM contract c JOIN quote q ON q.id = c.quote_id "
        f"WHERE c.tenant_id = %s AND c.id = %s {'FOR UPDATE OF c' if lock else ''}",
        tenant,
        order_id,
    )


async def add(
    conn: Connection,
    tenant: str,
    order_id: str,
    quote_id: str,
    request: dict[str, Any],
    terms: dict[str, Any],
    at: datetime,
) -> None:
    """Put an order under contract."""
    names = list(terms)
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    values = sql.SQL(", ").join(map(sql.Placeholder, names))
    await conn.execute(
        sql.SQL(
            "INSERT INTO contract (id, tenant_id, quote_id, request, placed_at, {}) "
            "VALUES (%(id)s, %(tenant)s, %(quote)s, %(request)s, %(at)s, {})"
        ).format(columns, values),
        {
            "id": order_id,
            "tenant": tenant,
            "quote": quote_id,
            "request": Jsonb(request),
            "at": at,
            **terms,
        },
    )


async def set_state(
    conn: Connection,
    order_id: str,
    state: str,
    reason: str,
    paused_at: datetime | None,
    paused_for: timedelta,
    ended_at: datetime | None,
) -> int:
    """Put a contract into a state, and give its version."""
    row = await fetch_one(
        conn,
        "UPDATE contract SET state = %s, reason = %s, paused_at = %s, paused_for = %s, "
        "ended_at = %s, version = version + 1 WHERE id = %s RETURNING version",
        state,
        reason,
        paused_at,
        paused_for,
        ended_at,
        order_id,
    )
    assert row is not None
    return int(row["version"])


async def set_terms(conn: Connection, order_id: str, terms: dict[str, Any]) -> None:
    """Change some terms."""
    changes = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in terms
    )
    await conn.execute(
        sql.SQL("UPDATE contract SET {}, version = version + 1 WHERE id = %(id)s").format(changes),
        {"id": order_id, **terms},
    )


async def set_metadata(conn: Connection, order_id: str, metadata: dict[str, str]) -> None:
    """Replace the lab's own notes on an order."""
    await conn.execute(
        "UPDATE contract SET metadata = %s, version = version + 1 WHERE id = %s",
        (Jsonb(metadata), order_id),
    )


async def add_amendment(
    conn: Connection,
    tenant: str,
    order_id: str,
    change: dict[str, Any],
    note: str,
    proposed_by: str,
    signed: dict[str, str],
    at: datetime,
) -> int:
    """Add an amendment, and give its number."""
    row = await fetch_one(
        conn,
        "INSERT INTO amendment (tenant_id, order_id, n, change, note, proposed_by, signed_lab, "
        "signed_us, at) SELECT %s, %s, coalesce(max(n), 0) + 1, %s, %s, %s, %s, %s, %s "
        "FROM amendment WHERE order_id = %s RETURNING n",
        tenant,
        order_id,
        Jsonb(change),
        note,
        proposed_by,
        signed.get("lab", ""),
        signed.get("us", ""),
        at,
        order_id,
    )
    assert row is not None
    return int(row["n"])


async def amendments(conn: Connection, order_id: str) -> list[Row]:
    """All amendments of an order, oldest first."""
    rows = await conn.execute(
        "SELECT n, change, note, proposed_by, signed_lab, signed_us, at FROM amendment "
        "WHERE order_id = %s ORDER BY n",
        (order_id,),
    )
    return await rows.fetchall()


async def sign_amendment(conn: Connection, order_id: str, n: int, side: str, actor: str) -> None:
    """Write one side's name under an amendment."""
    await conn.execute(
        sql.SQL("UPDATE amendment SET {} = %s WHERE order_id = %s AND n = %s").format(
            sql.Identifier(f"signed_{side}")
        ),
        (actor, order_id, n),
    )


async def page(conn: Connection, tenant: str, after: str | None, limit: int) -> list[Row]:
    """Contracts of a tenant, newest first, with what they are called."""
    rows = await conn.execute(
        "SELECT c.id, c.state, c.version, c.request->'spec'->>'name' AS name, c.placed_at, "
        "q.total, q.currency FROM contract c JOIN quote q ON q.id = c.quote_id "
        "WHERE c.tenant_id = %s AND (%s::text IS NULL OR c.id < %s) ORDER BY c.id DESC LIMIT %s",
        (tenant, after, after, limit),
    )
    return await rows.fetchall()


async def overview(conn: Connection, tenant: str) -> list[Row]:
    """Contracts of a tenant or of all that is live, with what is due and what was invoiced."""
    rows = await conn.execute(
        "SELECT c.id, c.tenant_id, c.state, c.request->'spec'->>'name' AS name, q.total, "
        "q.currency, (SELECT min(b.due_at) FROM batch b WHERE b.order_id = c.id "
        "AND b.delivered_at IS NULL AND b.state <> 'cancelled') AS next_due, "
        "(SELECT coalesce(sum(i.total), 0)::bigint FROM invoice i "
        "WHERE i.order_id = c.id AND i.state <> 'void') AS invoiced "
        "FROM contract c JOIN quote q ON q.id = c.quote_id "
        "WHERE CASE WHEN %s = '' THEN c.tenant_id NOT LIKE '%%--test' ELSE c.tenant_id = %s END "
        "ORDER BY c.id DESC",
        (tenant, tenant),
    )
    return await rows.fetchall()


async def tenant_of(conn: Connection, order_id: str) -> str | None:
    """Whose contract this is."""
    row = await fetch_one(conn, "SELECT tenant_id FROM contract WHERE id = %s", order_id)
    return str(row["tenant_id"]) if row is not None else None


async def add_incident(
    conn: Connection,
    tenant: str,
    order_id: str,
    batch_id: str | None,
    kind: str,
    detail: dict[str, Any],
    at: datetime,
) -> str | None:
    """Open an incident, and give its id; None where it is open already."""
    row = await fetch_one(
        conn,
        "INSERT INTO incident (tenant_id, order_id, batch_id, kind, detail, opened_at) "
        "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id",
        tenant,
        order_id,
        batch_id,
        kind,
        Jsonb(detail),
        at,
    )
    return str(row["id"]) if row is not None else None


async def close_incident(
    conn: Connection, batch_id: str, kind: str, remedy: str, at: datetime
) -> None:
    """Close an open incident of a batch with what was done about it."""
    await conn.execute(
        "UPDATE incident SET remedy = %s, closed_at = %s "
        "WHERE batch_id = %s AND kind = %s AND closed_at IS NULL",
        (remedy, at, batch_id, kind),
    )


async def incidents(
    conn: Connection, tenant: str, order_id: str | None, after: str | None, limit: int
) -> list[Row]:
    """Incidents of a tenant, newest first."""
    rows = await conn.execute(
        "SELECT id, order_id, batch_id, kind, detail, remedy, opened_at, closed_at FROM incident "
        "WHERE tenant_id = %s AND (%s::text IS NULL OR order_id = %s) "
        "AND (%s::text IS NULL OR id < %s) ORDER BY id DESC LIMIT %s",
        (tenant, order_id, order_id, after, after, limit),
    )
    return await rows.fetchall()
