"""The way to the newest schema, and back: see `revisions` for how.

Alembic is imported only where there is something to do, so that a service on a database that is up
to date does not hold it in memory.
"""

import asyncio
import hashlib
from pathlib import Path

from services.database.pool import connect

SCHEMA = Path(__file__).parent / "schema"


async def migrate(url: str, folder: Path = SCHEMA) -> int:
    """Bring the database up to date, all or nothing, and give the number of files applied.

    Raises StateError where a file was changed after it was applied, or sorts before such a one.
    """
    if await applied(url) == {file.stem: digest(file) for file in schema_files(folder)}:
        return 0
    from services.database.revisions import upgrade

    return await asyncio.to_thread(upgrade, url, folder)


async def downgrade(url: str, target: str, folder: Path = SCHEMA) -> int:
    """Go back to the schema of file `target` ('base': to nothing); gives the files taken back.

    What the older schema has no place for is lost; each `.down.sql` says what that is.
    """
    from services.database import revisions

    return await asyncio.to_thread(revisions.downgrade, url, target, folder)


async def applied(url: str) -> dict[str, str]:
    """The applied files by name without suffix, with their SHA-256; none before Alembic's time."""
    async with await connect(url) as conn:
        rows = await conn.execute("SELECT to_regclass('alembic_version') IS NOT NULL AS there")
        row = await rows.fetchone()
        if row is None or not row["there"]:
            return {}
        rows = await conn.execute("SELECT name, sha256 FROM schema_version ORDER BY name")
        return {row["name"].removesuffix(".sql"): row["sha256"] for row in await rows.fetchall()}


def schema_files(folder: Path = SCHEMA) -> list[Path]:
    """The files that lead up, in their order."""
    return sorted(file for file in folder.glob("*.sql") if not file.name.endswith(".down.sql"))


def digest(file: Path) -> str:
    """SHA-256 of a file, in hex."""
    return hashlib.sha256(file.read_bytes()).hexdigest()
