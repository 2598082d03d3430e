"""The SQL of credentials."""

from collections.abc import Sequence

from services.database.pool import Connection, Row, fetch_one

_SHOWN = "id, name, endpoint, created_at"


async def new_id(conn: Connection) -> str:
    """An id for a credential to be."""
    row = await fetch_one(conn, "SELECT new_id('crd') AS id")
    assert row is not None
    return str(row["id"])


async def add(
    conn: Connection, tenant: str, new_id: str, name: str, endpoint: str, sealed: bytes
) -> None:
    """Add a credential."""
    await conn.execute(
        "INSERT INTO credential (id, tenant_id, name, endpoint, sealed) "
        "VALUES (%s, %s, %s, %s, %s)",
        (new_id, tenant, name, endpoint, sealed),
    )


async def credential(conn: Connection, tenant: str, credential_id: str) -> Row | None:
    """One credential of a tenant, without its key."""
    return await fetch_one(
        conn,
        f"SELECT {_SHOWN} FROM credential WHERE tenant_id = %s AND id = %s AND deleted_at IS NULL",
        tenant,
        credential_id,
    )


async def page(conn: Connection, tenant: str, after: str | None, limit: int) -> list[Row]:
    """Credentials of a tenant, newest first."""
    rows = await conn.execute(
        f"SELECT {_SHOWN} FROM credential WHERE tenant_id = %s AND deleted_at IS NULL "
        "AND (%s::text IS NULL OR id < %s) ORDER BY id DESC LIMIT %s",
        (tenant, after, after, limit),
    )
    return await rows.fetchall()


async def delete(conn: Connection, tenant: str, credential_id: str) -> bool:
    """Forget a key; False where there is none."""
    done = await conn.execute(
        "UPDATE credential SET sealed = NULL, deleted_at = now() "
        "WHERE tenant_id = %s AND id = %s AND deleted_at IS NULL",
        (tenant, credential_id),
    )
    return done.rowcount == 1


async def sealed(conn: Connection, tenant: str, ids: Sequence[str]) -> dict[str, bytes]:
    """The sealed keys of those that are there."""
    rows = await conn.execute(
        "SELECT id, sealed FROM credential "
        "WHERE tenant_id = %s AND id = ANY(%s) AND deleted_at IS NULL",
        (tenant, list(ids)),
    )
    return {row["id"]: bytes(row["sealed"]) for row in await rows.fetchall()}
