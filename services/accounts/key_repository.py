"""The SQL of API keys."""

from collections.abc import Sequence
from datetime import datetime

from services.database.pool import Connection, Row, fetch_one

_KEY = (
    "prefix, role, tenant_id, pseudonym, name, scopes, created_at, expires_at, last_used_at, "
    "revoked_at, replaced_by"
)
_LIVING = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())"


async def add_key(conn: Connection, key: Row) -> None:
    """Add an API key."""
    await conn.execute(
        "INSERT INTO api_key "
        "(prefix, key_sha256, role, tenant_id, pseudonym, name, scopes, expires_at) VALUES "
        "(%(prefix)s, %(key_sha256)s, %(role)s, %(tenant_id)s, %(pseudonym)s, %(name)s, "
        "%(scopes)s, %(expires_at)s)",
        key,
    )


async def keys(
    conn: Connection, tenant: str, roles: Sequence[str], after: str, limit: int
) -> list[Row]:
    """Keys of a tenant with one of these roles, ended ones too, from behind a prefix on."""
    rows = await conn.execute(
        f"SELECT {_KEY} FROM api_key WHERE tenant_id = %s AND role = ANY(%s) AND prefix > %s "
        "ORDER BY prefix LIMIT %s",
        (tenant, list(roles), after, limit),
    )
    return await rows.fetchall()


async def key(conn: Connection, tenant: str, prefix: str) -> Row | None:
    """One key of a tenant, locked against others' changes."""
    return await fetch_one(
        conn,
        f"SELECT {_KEY}, {_LIVING} AS living FROM api_key WHERE tenant_id = %s AND prefix = %s "
        "FOR UPDATE",
        tenant,
        prefix,
    )


async def replace_key(conn: Connection, prefix: str, new_prefix: str, until: datetime) -> None:
    """Let a key end, at the latest at `until`, in favour of another."""
    await conn.execute(
        "UPDATE api_key SET replaced_by = %s, expires_at = least(expires_at, %s) WHERE prefix = %s",
        (new_prefix, until, prefix),
    )


async def revoke_key(conn: Connection, prefix: str) -> str | None:
    """End a key and give its tenant; None where none lives under this prefix."""
    row = await fetch_one(
        conn,
        "UPDATE api_key SET revoked_at = now() WHERE prefix = %s AND revoked_at IS NULL "
        "RETURNING tenant_id",
        prefix,
    )
    return row["tenant_id"] if row else None


async def key_by_prefix(conn: Connection, prefix: str) -> Row | None:
    """A living key with its reviewer's kind."""
    return await fetch_one(
        conn,
        "SELECT key_sha256, role, tenant_id, pseudonym, simulated, scopes, "
        "last_used_at IS NULL OR last_used_at < now() - interval '5 minutes' AS unseen "
        "FROM api_key LEFT JOIN reviewer USING (pseudonym) "
        f"WHERE prefix = %s AND {_LIVING}",
        prefix,
    )


async def see_key(conn: Connection, prefix: str) -> None:
    """Note that a key is in use."""
    await conn.execute("UPDATE api_key SET last_used_at = now() WHERE prefix = %s", (prefix,))
