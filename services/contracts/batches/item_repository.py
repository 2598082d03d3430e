"""The SQL of delivered items."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

from psycopg import sql
from psycopg.types.json import Json

from services.database.pool import Connection, Row, fetch_one

_ITEM = "i.n, i.item_id, i.content, i.units, i.decision, i.reason_code, i.note"
_STATUS = {
    "undecided": "AND i.decision IS NULL",
    "accepted": "AND i.decision = 'accepted'",
    "rejected": "AND i.decision = 'rejected'",
    "kept": "AND i.decision IS DISTINCT FROM 'rejected'",
    "none": "AND false",
}
_STREAM_ROWS = 500


async def add(conn: Connection, tenant: str, batch_id: str, rows: Iterable[Sequence[Any]]) -> None:
    """Add items: place, id, content, units, GPU seconds and people's minutes of each."""
    async with conn.cursor().copy(
        "COPY batch_item (tenant_id, batch_id, n, item_id, content, units, gpu_seconds, "
        "human_minutes) FROM STDIN"
    ) as copy:
        for n, item_id, content, units, gpu_seconds, human_minutes in rows:
            await copy.write_row(
                (tenant, batch_id, n, item_id, Json(content), units, gpu_seconds, human_minutes)
            )


async def page(
    conn: Connection, batch_id: str, status: str | None, after: int, limit: int
) -> list[Row]:
    """Items of a batch from behind place `after` on."""
    rows = await conn.execute(
        f"SELECT {_ITEM} FROM batch_item i WHERE i.batch_id = %s AND i.n > %s "
        f"{_STATUS.get(status or '', '')} ORDER BY i.n LIMIT %s",
        (batch_id, after, limit),
    )
    return await rows.fetchall()


async def item(conn: Connection, batch_id: str, item_id: str) -> Row | None:
    """One item of a batch."""
    return await fetch_one(
        conn,
        f"SELECT {_ITEM} FROM batch_item i WHERE i.batch_id = %s AND i.item_id = %s",
        batch_id,
        item_id,
    )


async def decide(
    conn: Connection,
    batch_id: str,
    item_ids: Sequence[str],
    decisions: Sequence[str | None],
    reasons: Sequence[str],
    notes: Sequence[str],
) -> list[str]:
    """Write decisions on items, and give the ids of those that there are."""
    rows = await conn.execute(
        "UPDATE batch_item i SET decision = d.decision, reason_code = d.reason, note = d.note "
        "FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) "
        "AS d (item_id, decision, reason, note) "
        "WHERE i.batch_id = %s AND i.item_id = d.item_id RETURNING i.item_id",
        (list(item_ids), list(decisions), list(reasons), list(notes), batch_id),
    )
    return [row["item_id"] for row in await rows.fetchall()]


async def reject_all(conn: Connection, batch_id: str, reason: str, note: str) -> None:
    """Reject every item of a batch."""
    await conn.execute(
        "UPDATE batch_item SET decision = 'rejected', reason_code = %s, note = %s "
        "WHERE batch_id = %s",
        (reason, note, batch_id),
    )


async def counts(conn: Connection, batch_id: str) -> Row:
    """Items and units of a batch, in all and of those rejected."""
    row = await fetch_one(
        conn,
        "SELECT count(*)::int AS items, coalesce(sum(units), 0)::int AS units, "
        "count(*) FILTER (WHERE decision = 'rejected')::int AS rejected, "
        "count(*) FILTER (WHERE decision = 'accepted')::int AS marked, "
        "coalesce(sum(units) FILTER (WHERE decision = 'rejected'), 0)::int AS rejected_units "
        "FROM batch_item WHERE batch_id = %s",
        batch_id,
    )
    assert row is not None
    return row


async def ids(conn: Connection, batch_id: str) -> list[str]:
    """Ids of all items of a batch."""
    rows = await conn.execute("SELECT item_id FROM batch_item WHERE batch_id = %s", (batch_id,))
    return [row["item_id"] for row in await rows.fetchall()]


async def rejected_ids(conn: Connection, batch_id: str) -> list[str]:
    """Ids of the rejected items of a batch."""
    rows = await conn.execute(
        "SELECT item_id FROM batch_item WHERE batch_id = %s AND decision = 'rejected'", (batch_id,)
    )
    return [row["item_id"] for row in await rows.fetchall()]


async def reasons(conn: Connection, batch_id: str) -> dict[str, int]:
    """How many items were rejected for which reason."""
    rows = await conn.execute(
        "SELECT reason_code, count(*)::int AS n FROM batch_item "
        "WHERE batch_id = %s AND decision = 'rejected' GROUP BY 1 ORDER BY 2 DESC, 1",
        (batch_id,),
    )
    return {row["reason_code"]: row["n"] for row in await rows.fetchall()}


async def stream(conn: Connection, batch_id: str, *, accepted_only: bool) -> AsyncIterator[Row]:
    """All items of a batch in their order, a few at a time."""
    query = sql.SQL(
        "SELECT n, item_id, content, units, decision, reason_code FROM batch_item "
        "WHERE batch_id = %s AND (NOT %s OR decision IS DISTINCT FROM 'rejected') ORDER BY n"
    )
    async with conn.cursor(name="items") as cursor:
        cursor.itersize = _STREAM_ROWS
        await cursor.execute(query, (batch_id, accepted_only))
        async for row in cursor:
            yield row


async def purge(conn: Connection, batch_id: str) -> None:
    """Delete what the items of a batch hold; their ids, decisions and costs stay."""
    await conn.execute(
        "UPDATE batch_item SET content = 'null', note = '' WHERE batch_id = %s", (batch_id,)
    )
    await conn.execute(
        "UPDATE batch SET purged_at = tenant_now(tenant_id), version = version + 1 WHERE id = %s",
        (batch_id,),
    )
