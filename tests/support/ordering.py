"""Acts that many ordering tests share."""

from typing import Any

import httpx

ORDER: dict[str, Any] = {
    "name": "first",
    "quantity": 100,
    "source": {"recipe": "write_instructions"},
}


async def place(client: httpx.AsyncClient, key: str = "k1", **fields: Any) -> httpx.Response:
    """Send the usual order with some fields changed."""
    return await client.post(
        "/v1/orders", json={**ORDER, **fields}, headers={"Idempotency-Key": key}
    )
