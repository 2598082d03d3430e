"""The schema: numbered SQL files, each applied once, in order, under a lock."""

import hashlib
from pathlib import Path

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from ingot.errors import StateError

SCHEMA = Path(__file__).parent / "schema"
_LOCK = 0x1_6607  # any number that nothing else locks


async def migrate(url: str, folder: Path = SCHEMA) -> int:
    """Bring the database up to date, all or nothing, and give the number of files applied."""
    async with await AsyncConnection.connect(url) as conn:
        await conn.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        await conn.execute(
            "CREATE TABLE IF NOT EXISTS schema_version (name text PRIMARY KEY, "
            "sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        rows = await conn.execute("SELECT name, sha256 FROM schema_version")
        known = {str(name): str(digest) for name, digest in await rows.fetchall()}
        files = sorted(folder.glob("*.sql"))
        return sum([await _apply(conn, file, known) for file in files])


async def _apply(conn: AsyncConnection[TupleRow], file: Path, known: dict[str, str]) -> int:
    sql = file.read_bytes()
    digest = hashlib.sha256(sql).hexdigest()
    if file.name in known:
        if known[file.name] != digest:
            raise StateError(
                f"{file.name} was changed after it was applied; restore it and add a new file"
            )
        return 0
    await conn.execute(sql)
    await conn.execute(
        "INSERT INTO schema_version (name, sha256) VALUES (%s, %s)", (file.name, digest)
    )
    return 1
