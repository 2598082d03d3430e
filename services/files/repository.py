"""The SQL of files that labs sent in."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from services.database.pool import Connection, Row, fetch_one

_FILE = "id, purpose, state, name, rows, size_bytes, sha256, created_at"


async def add(
    conn: Connection,
    tenant: str,
    purpose: str,
    fields: Mapping[str, Any],
    faults: Sequence[Mapping[str, Any]] = (),
) -> Row:
    """Add a file, and give it; one that is there already is given again."""
    row = await fetch_one(
        conn,
        "INSERT INTO lab_file (tenant_id, purpose, state, name, rows, size_bytes, sha256, faults) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s) "
        "ON CONFLICT (tenant_id, name, purpose) WHERE state = 'processed' "
        f"DO UPDATE SET name = excluded.name RETURNING {_FILE}",
        *(tenant, purpose, "refused" if faults else "processed", fields["name"], fields["rows"]),
        *(fields["size_bytes"], fields["sha256"], Jsonb(list(faults))),
    )
    assert row is not None
    return row


async def file(conn: Connection, tenant: str, file_id: str) -> Row | None:
    """One file of a tenant, with its faults."""
    return await fetch_one(
        conn,
        f"SELECT {_FILE}, faults FROM lab_file "
        "WHERE tenant_id = %s AND id = %s AND state <> 'deleted'",
        tenant,
        file_id,
    )


async def page(conn: Connection, tenant: str, after: str | None, limit: int) -> list[Row]:
    """Files of a tenant, newest first."""
    rows = await conn.execute(
        f"SELECT {_FILE} FROM lab_file WHERE tenant_id = %s AND state <> 'deleted' "
        "AND (%s::text IS NULL OR id < %s) ORDER BY id DESC LIMIT %s",
        (tenant, after, after, limit),
    )
    return await rows.fetchall()


async def delete(conn: Connection, tenant: str, file_id: str) -> bool:
    """Forget a file; False where nothing else of the tenant is left under its name."""
    row = await fetch_one(
        conn,
        "UPDATE lab_file f SET state = 'deleted', faults = '[]' WHERE tenant_id = %s AND id = %s "
        "RETURNING EXISTS (SELECT FROM lab_file o WHERE o.tenant_id = f.tenant_id "
        "AND o.name = f.name AND o.id <> f.id AND o.state = 'processed') AS shared",
        tenant,
        file_id,
    )
    assert row is not None
    return bool(row["shared"])
