"""Acts that many review tests share."""

from typing import Any
from uuid import uuid4

import httpx

from services.database.pool import Pool, Row

LEASES = "/v1/leases"
PREFERENCE = {"A": -2, "tie": 0, "B": 2}


async def take(
    client: httpx.AsyncClient, count: int = 1, queue_id: str = ""
) -> list[dict[str, Any]]:
    """Lease tasks, of one queue or of all; [] where there are none."""
    path = f"/v1/queues/{queue_id}/leases" if queue_id else LEASES
    response = await client.post(path, json={"max": count})
    assert response.status_code in (200, 201, 204), response.text
    return response.json()["assignments"] if response.status_code != 204 else []


async def answer(
    client: httpx.AsyncClient, assignment_id: str, verdict: str = "A", **fields: Any
) -> httpx.Response:
    """Compare two answers, with a fresh event unless one is given."""
    return await give(client, assignment_id, {"preference": PREFERENCE[verdict]}, **fields)


async def give(
    client: httpx.AsyncClient, assignment_id: str, content: object, **fields: Any
) -> httpx.Response:
    """Answer with this content, and a fresh event unless one is given."""
    body = {"answer": content, "client_event_id": uuid4().hex} | fields
    return await client.put(f"/v1/assignments/{assignment_id}/answer", json=body)


async def query(pool: Pool, sql: str, *values: object) -> list[Row]:
    """Rows as the database has them."""
    async with pool.connection() as conn:
        rows = await conn.execute(sql, values)
        return await rows.fetchall() if rows.description else []
