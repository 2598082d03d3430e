"""Acts that many review tests share."""

from typing import Any
from uuid import uuid4

import httpx

from services.database.pool import Pool, Row

LEASES = "/v1/review/leases"


async def take(client: httpx.AsyncClient, count: int = 1) -> list[dict[str, Any]]:
    """Lease tasks; [] where there are none."""
    response = await client.post(LEASES, json={"max": count})
    assert response.status_code in (200, 201, 204), response.text
    return response.json()["assignments"] if response.status_code != 204 else []


async def answer(
    client: httpx.AsyncClient, assignment_id: str, verdict: str = "A", **fields: Any
) -> httpx.Response:
    """Answer with a fresh event unless one is given."""
    body = {"verdict": verdict, "client_event_id": uuid4().hex, **fields}
    return await client.put(f"/v1/review/assignments/{assignment_id}/answer", json=body)


async def query(pool: Pool, sql: str, *values: object) -> list[Row]:
    """Rows as the database has them."""
    async with pool.connection() as conn:
        rows = await conn.execute(sql, values)
        return await rows.fetchall() if rows.description else []
