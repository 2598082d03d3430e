"""Connections: one request or task is one transaction, committed at its edge and nowhere else."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import orjson
from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool

from ingot.errors import StorageError, boundary

Row: TypeAlias = dict[str, Any]
Connection: TypeAlias = AsyncConnection[Row]
Pool: TypeAlias = AsyncConnectionPool[Connection]
OPEN_TIMEOUT_S = 10.0


async def connect(url: str) -> Connection:
    """One connection of one's own, outside any pool; each statement commits by itself."""
    with boundary(StorageError, "cannot reach PostgreSQL; check INGOT_DATABASE_URL"):
        conn = await AsyncConnection.connect(url, autocommit=True, row_factory=dict_row)
        await _use_orjson(conn)
        return conn


async def open_pool(url: str, *, size: int = 10) -> Pool:
    """Open a pool; close it with `await pool.close()`."""
    pool: Pool = AsyncConnectionPool(
        url,
        connection_class=AsyncConnection[Row],
        kwargs={"row_factory": dict_row},
        configure=_use_orjson,
        min_size=1,
        max_size=size,
        timeout=OPEN_TIMEOUT_S,
        open=False,
    )
    with boundary(StorageError, "cannot reach PostgreSQL; check INGOT_DATABASE_URL"):
        try:
            await pool.open(wait=True, timeout=OPEN_TIMEOUT_S)
        except BaseException:
            await pool.close()
            raise
    return pool


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncIterator[Connection]:
    """One transaction: committed when the block ends well, rolled back when it raises."""
    async with pool.connection() as conn:
        yield conn


@asynccontextmanager
async def tenant_transaction(pool: Pool, tenant: str) -> AsyncIterator[Connection]:
    """The same behind the wall: it sees this tenant's rows only."""
    async with pool.connection() as conn:
        await confine(conn, tenant)
        yield conn


async def confine(conn: Connection, tenant: str) -> None:
    """Until its transaction ends, have a connection see this tenant's rows only."""
    await conn.execute(
        "SELECT set_config('app.tenant', %s, true), set_config('role', 'ingot_lab', true)",
        (tenant,),
    )


async def fetch_one(conn: Connection, sql: str, *values: object) -> Row | None:
    """The first row that a statement gives; None where it gives none."""
    rows = await conn.execute(sql, values)
    return await rows.fetchone()


async def _use_orjson(conn: Connection) -> None:
    set_json_loads(orjson.loads, conn)
    set_json_dumps(orjson.dumps, conn)
