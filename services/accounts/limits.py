"""Rate limits: token buckets in PostgreSQL, so that all processes count together.

Buckets are counted before a request's transaction begins: what is counted stays counted when the
request fails, and no other request of the same caller waits for this one to end.
"""

import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import HTTPException

from services.accounts import repository
from services.database.pool import Connection


@dataclass(frozen=True, slots=True)
class Rate:
    """So many a minute, and a minute's worth at once."""

    name: str
    per_minute: int

    def headers(self, wait_s: float) -> dict[str, str]:
        """What a refused caller is told (draft-ietf-httpapi-ratelimit-headers-10)."""
        seconds = math.ceil(wait_s)
        return {
            "Retry-After": str(seconds),
            "RateLimit-Policy": f'"{self.name}";q={self.per_minute};w=60',
            "RateLimit": f'"{self.name}";r=0;t={seconds}',
        }


LOG_IN = Rate("log-in", 10)
"""Of one account from one address."""
ADDRESS = Rate("address", 60)
"""Log-ins from one address, which may be an office full of people."""


@asynccontextmanager
async def counting(conn: Connection) -> AsyncIterator[None]:
    """Let each statement on an unused connection commit by itself, without a transaction's cost."""
    await conn.set_autocommit(True)
    try:
        yield
    finally:
        await conn.set_autocommit(False)


async def take(conn: Connection, rate: Rate, who: str) -> None:
    """Count one; raises HTTPException 429 where too many were counted, and then counts nothing."""
    key, per_s = f"{rate.name}:{who}", rate.per_minute / 60
    if await repository.take_token(conn, key, rate.per_minute, per_s):
        return
    wait_s = max(1.0, await repository.missing_tokens(conn, key, per_s) / per_s)
    raise HTTPException(
        429,
        f"more than {rate.per_minute} {rate.name} requests a minute: wait {math.ceil(wait_s)} s",
        headers=rate.headers(wait_s),
    )
