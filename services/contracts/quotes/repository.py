"""The SQL of quotes."""

from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from services.database.pool import Connection, Row, fetch_one

_QUOTE = (
    "id, tenant_id, CASE WHEN state = 'issued' AND valid_until <= tenant_now(tenant_id) "
    "THEN 'expired' ELSE state END AS state, request, price_book, currency, lines, total, "
    "estimate, valid_until, version, created_at"
)


async def now_of(conn: Connection, tenant: str) -> datetime:
    """What time it is for a tenant."""
    row = await fetch_one(conn, "SELECT tenant_now(%s) AS now", tenant)
    assert row is not None
    at: datetime = row["now"]
    return at


async def add(conn: Connection, tenant: str, fields: dict[str, Any]) -> str:
    """Add an issued quote, and give its id."""
    row = await fetch_one(
        conn,
        "INSERT INTO quote (tenant_id, request, price_book, currency, lines, total, estimate, "
        "valid_until, created_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        tenant,
        Jsonb(fields["request"]),
        fields["price_book"],
        fields["currency"],
        Jsonb(fields["lines"]),
        fields["total"],
        Jsonb(fields["estimate"]),
        fields["valid_until"],
        fields["created_at"],
    )
    assert row is not None
    return str(row["id"])


async def quote(conn: Connection, tenant: str, quote_id: str, *, lock: bool = False) -> Row | None:
    """One quote of a tenant; past its time it reads 'expired'."""
    return await fetch_one(
        conn,
        f"SELECT {_QUOTE} FROM quote WHERE tenant_id = %s AND id = %s "
        f"{'FOR UPDATE' if lock else ''}",
        tenant,
        quote_id,
    )


async def page(conn: Connection, tenant: str, after: str | None, limit: int) -> list[Row]:
    """Quotes of a tenant, newest first."""
    rows = await conn.execute(
        f"SELECT {_QUOTE} FROM quote WHERE tenant_id = %s AND (%s::text IS NULL OR id < %s) "
        "ORDER BY id DESC LIMIT %s",
        (tenant, after, after, limit),
    )
    return await rows.fetchall()


async def set_state(conn: Connection, quote_id: str, state: str) -> None:
    """Put a quote into a state."""
    await conn.execute(
        "UPDATE quote SET state = %s, version = version + 1 WHERE id = %s", (state, quote_id)
    )
