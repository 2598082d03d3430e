"""The SQL of claims, grants and what nearly the same prompts are found by."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.database.pool import Connection, Row, fetch_one


async def lock(conn: Connection) -> None:
    """Wait for whoever claims or gives back; none may look while another writes."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('exclusivity', 75))")


async def end_exclusivity(conn: Connection, keys: Sequence[bytes], today: date) -> None:
    """What was exclusive until before today is shared, its grants with it."""
    await conn.execute(
        "WITH ended AS (UPDATE content_claim "
        "SET mode = 'shared', owner = '', exclusive_until = NULL "
        "WHERE content_key = ANY(%s) AND exclusive_until < %s RETURNING content_key) "
        "DELETE FROM near_prompt USING ended WHERE near_prompt.content_key = ended.content_key",
        (list(keys), today),
    )


async def claim(
    conn: Connection, keys: Sequence[bytes], mode: str, owner: str, until: date | None
) -> None:
    """Claim what nobody has."""
    await conn.execute(
        "INSERT INTO content_claim (content_key, mode, owner, exclusive_until) "
        "SELECT key, %s, %s, %s FROM unnest(%s::bytea[]) AS key ON CONFLICT DO NOTHING",
        (mode, owner, until, list(keys)),
    )


async def claims(conn: Connection, keys: Sequence[bytes]) -> dict[bytes, tuple[str, str]]:
    """Mode and owner of contents."""
    rows = await conn.execute(
        "SELECT content_key, mode, owner FROM content_claim WHERE content_key = ANY(%s)",
        (list(keys),),
    )
    return {bytes(r["content_key"]): (r["mode"], r["owner"]) for r in await rows.fetchall()}


async def granted(conn: Connection, order_id: str, keys: Sequence[bytes]) -> set[bytes]:
    """The contents that an order was granted whole."""
    rows = await conn.execute(
        "SELECT content_key FROM item_grant "
        "WHERE order_id = %s AND part = 'whole' AND content_key = ANY(%s)",
        (order_id, list(keys)),
    )
    return {bytes(row["content_key"]) for row in await rows.fetchall()}


async def near_by_words(
    conn: Connection, realm: str, order_id: str, bands: Sequence[int], today: date
) -> list[Row]:
    """Prompts that another order has exclusively and that share a band."""
    rows = await conn.execute(
        "SELECT n.content_key, n.signature FROM near_prompt n "
        "JOIN content_claim c ON c.content_key = n.content_key "
        "WHERE n.bands && %s::bigint[] AND n.realm = %s AND c.owner <> %s "
        "AND (c.exclusive_until IS NULL OR c.exclusive_until >= %s)",
        (list(bands), realm, order_id, today),
    )
    return await rows.fetchall()


async def near_by_meaning(
    conn: Connection, realm: str, order_id: str, buckets: Sequence[int], today: date
) -> list[Row]:
    """Prompts that another order has exclusively and whose embedding shares a bucket."""
    rows = await conn.execute(
        "SELECT n.content_key, n.vector FROM near_prompt n "
        "JOIN content_claim c ON c.content_key = n.content_key "
        "WHERE n.buckets && %s::bigint[] AND n.realm = %s AND c.owner <> %s "
        "AND (c.exclusive_until IS NULL OR c.exclusive_until >= %s)",
        (list(buckets), realm, order_id, today),
    )
    return await rows.fetchall()


async def exclusive_prompts(conn: Connection, realm: str, order_id: str) -> int:
    """How many prompts other orders have exclusively."""
    row = await fetch_one(
        conn,
        "SELECT count(*) AS n FROM near_prompt n JOIN content_claim c USING (content_key) "
        "WHERE n.realm = %s AND c.owner <> %s",
        realm,
        order_id,
    )
    assert row is not None
    return int(row["n"])


async def grant(conn: Connection, rows: Sequence[Sequence[Any]]) -> None:
    """Grant items: tenant, order, batch, item, part, key, mode and owner of each."""
    async with conn.cursor().copy(
        "COPY item_grant (tenant_id, order_id, batch_id, item_id, part, content_key, mode, owner) "
        "FROM STDIN"
    ) as copy:
        for row in rows:
            await copy.write_row(row)


async def add_near(conn: Connection, rows: Sequence[Sequence[Any]]) -> None:
    """Have prompts found again: realm, key, signature, bands, vector and buckets of each."""
    async with conn.cursor() as cursor:
        await cursor.executemany(
            "INSERT INTO near_prompt (realm, content_key, signature, bands, vector, buckets) "
            "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            rows,
        )


async def give_back(conn: Connection, order_id: str, item_ids: Sequence[str]) -> list[bytes]:
    """Take grants back, and give the keys of their contents."""
    rows = await conn.execute(
        "DELETE FROM item_grant WHERE order_id = %s AND item_id = ANY(%s) RETURNING content_key",
        (order_id, list(item_ids)),
    )
    return list({bytes(row["content_key"]) for row in await rows.fetchall()})


async def drop_unused(conn: Connection, keys: Sequence[bytes]) -> None:
    """Drop claims on contents that nobody was granted."""
    await conn.execute(
        "DELETE FROM content_claim c WHERE c.content_key = ANY(%s) "
        "AND NOT EXISTS (SELECT FROM item_grant g WHERE g.content_key = c.content_key)",
        (list(keys),),
    )


async def key_in_use(conn: Connection) -> Row | None:
    """The key that is signed with."""
    return await fetch_one(
        conn, "SELECT id, public_key, sealed, place FROM platform_key WHERE retired_at IS NULL"
    )


async def add_key(conn: Connection, public_key: bytes, sealed: bytes, place: str) -> None:
    """Add a key, unless another process was faster."""
    await conn.execute(
        "INSERT INTO platform_key (public_key, sealed, place) VALUES (%s, %s, %s) "
        "ON CONFLICT DO NOTHING",
        (public_key, sealed, place),
    )


async def keys(conn: Connection) -> list[Row]:
    """All keys that were ever signed with, newest first."""
    rows = await conn.execute(
        "SELECT id, public_key, created_at, retired_at FROM platform_key ORDER BY id DESC"
    )
    return await rows.fetchall()
