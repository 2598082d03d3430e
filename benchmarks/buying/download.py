"""How much memory the service takes more while it streams a large batch."""

import asyncio
import threading
from typing import Any
from uuid import uuid4

import httpx
import psutil

from benchmarks.buying import stage

ITEMS, WARM_UP = 100_000, 1_000
QUOTE: dict[str, Any] = {
    "spec": {"name": "bench", "quantity": 100, "source": {"recipe": "write_instructions"}},
    "schedule": {"batches": 1, "cadence_days": 7, "first_due_days": 7, "calibration_items": 4},
}


def measure() -> dict[str, Any]:
    """`stream_100k_items_rss_mb`: peak over what it has after a download of 1,000 items."""
    with stage.database() as url:
        key = asyncio.run(stage.key(url))
        headers = {"Authorization": f"Bearer {key}"}
        with (
            stage.serve(url) as (port, service),
            httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers) as client,
        ):
            order = _order(client)
            for seq, items in ((90, WARM_UP), (91, ITEMS)):
                batch = asyncio.run(stage.add_batch_to(url, order, seq, items))
                grown_mb, lines, read_mb = _download(client, batch, service)
    if lines != ITEMS:
        raise RuntimeError(f"{lines} lines came of {ITEMS}")
    return {"stream_100k_items_rss_mb": round(grown_mb, 1), "stream_mb": round(read_mb)}


def _order(client: httpx.Client) -> str:
    def post(path: str, body: Any = None) -> Any:
        answer = client.post(path, json=body, headers={"Idempotency-Key": uuid4().hex})
        if answer.is_error:
            raise RuntimeError(answer.text)
        return answer.json()

    quote = post("/v1/quotes", QUOTE)
    return str(post(f"/v1/quotes/{quote['id']}/accept")["order_id"])


def _download(
    client: httpx.Client, batch: str, service: psutil.Process
) -> tuple[float, int, float]:
    """MB that the service grew by at most, lines, and MB that came."""
    before, over = service.memory_info().rss, threading.Event()
    peak = before

    def watch() -> None:
        nonlocal peak
        while not over.wait(0.01):
            peak = max(peak, service.memory_info().rss)

    watching = threading.Thread(target=watch)
    watching.start()
    lines = read = 0
    with client.stream("GET", f"/v1/batches/{batch}/download", timeout=300) as response:
        response.raise_for_status()
        for piece in response.iter_raw():
            lines, read = lines + piece.count(b"\n"), read + len(piece)
    over.set()
    watching.join()
    return (peak - before) / 1e6, lines, read / 1e6
