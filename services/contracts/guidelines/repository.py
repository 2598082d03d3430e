"""The SQL of the guidelines of orders."""

from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from services.database.pool import Connection, Row, fetch_one

_LINE = "order_id, n, change_note, change, sha256, author, at, approved_by, approved_at, frozen_at"


async def add(conn: Connection, tenant: str, order_id: str, fields: dict[str, Any]) -> int:
    """Add the next version, and give its number; the order is locked meanwhile."""
    row = await fetch_one(
        conn,
        "INSERT INTO order_guideline (tenant_id, order_id, n, body, rubric, change_note, change, "
        "sha256, author, at) SELECT %s, %s, coalesce(max(n), 0) + 1, %s, %s, %s, %s, %s, %s, %s "
        "FROM order_guideline WHERE order_id = %s RETURNING n",
        *(tenant, order_id, fields["body"], Jsonb(fields["rubric"]), fields["change_note"]),
        *(fields["change"], fields["sha256"], fields["author"], fields["at"], order_id),
    )
    assert row is not None
    return int(row["n"])


async def version(conn: Connection, order_id: str, n: int) -> Row | None:
    """One version, whole."""
    return await fetch_one(
        conn,
        f"SELECT {_LINE}, body, rubric FROM order_guideline WHERE order_id = %s AND n = %s",
        order_id,
        n,
    )


async def newest(conn: Connection, order_id: str) -> Row | None:
    """The newest version, without what it says."""
    return await fetch_one(
        conn,
        f"SELECT {_LINE} FROM order_guideline WHERE order_id = %s ORDER BY n DESC LIMIT 1",
        order_id,
    )


async def approved(conn: Connection, order_id: str) -> int | None:
    """The newest approved version's number."""
    row = await fetch_one(
        conn,
        "SELECT max(n) AS n FROM order_guideline WHERE order_id = %s AND approved_at IS NOT NULL",
        order_id,
    )
    assert row is not None
    return row["n"]  # type: ignore[no-any-return]


async def versions(conn: Connection, order_id: str) -> list[Row]:
    """All versions, newest first, without what they say."""
    rows = await conn.execute(
        f"SELECT {_LINE} FROM order_guideline WHERE order_id = %s ORDER BY n DESC", (order_id,)
    )
    return await rows.fetchall()


async def approve(conn: Connection, order_id: str, n: int, actor: str, at: datetime) -> None:
    """Write down who approved a version."""
    await conn.execute(
        "UPDATE order_guideline SET approved_by = %s, approved_at = %s "
        "WHERE order_id = %s AND n = %s AND approved_at IS NULL",
        (actor, at, order_id, n),
    )


async def freeze(conn: Connection, order_id: str, n: int, at: datetime) -> None:
    """Write down since when a version stands fast."""
    await conn.execute(
        "UPDATE order_guideline SET frozen_at = %s "
        "WHERE order_id = %s AND n = %s AND frozen_at IS NULL",
        (at, order_id, n),
    )


async def add_comment(
    conn: Connection, tenant: str, order_id: str, n: int, fields: dict[str, Any]
) -> Row:
    """Add a remark, and give it."""
    row = await fetch_one(
        conn,
        "INSERT INTO guideline_comment (tenant_id, order_id, n, line, author, body, at) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING id, n, line, author, body, at",
        *(tenant, order_id, n, fields["line"], fields["author"], fields["body"], fields["at"]),
    )
    assert row is not None
    return row


async def comments(
    conn: Connection, order_id: str, n: int, after: str | None, limit: int
) -> list[Row]:
    """Remarks on a version, oldest first."""
    rows = await conn.execute(
        "SELECT id, n, line, author, body, at FROM guideline_comment "
        "WHERE order_id = %s AND n = %s AND (%s::text IS NULL OR id > %s) ORDER BY id LIMIT %s",
        (order_id, n, after, after, limit),
    )
    return await rows.fetchall()
