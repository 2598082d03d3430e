"""CPU of the API for importing and exporting 10,000 preference tasks over HTTP, and its memory."""

import asyncio
from typing import Any

import httpx
import orjson
import psutil

from benchmarks.reviewing import stage
from services.accounts.keys import create_key

TASKS = 10_000


def measure() -> dict[str, Any]:
    """Keys import_10k_cpu_s, export_10k_cpu_s, import_mb (of the file), bulk_peak_mb (the API)."""
    with stage.database() as url:
        key, queue_id = asyncio.run(_prepare(url))
        lines = b"".join(
            orjson.dumps({"item_id": f"item_{n}", "item": stage.ITEM}) + b"\n" for n in range(TASKS)
        )
        with stage.serve(url) as (address, process):
            headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
            with httpx.Client(base_url=address, headers=headers, timeout=300) as client:
                path = f"/v1/queues/{queue_id}"
                before = stage.cpu_s(process)
                client.post(f"{path}/tasks", content=lines).raise_for_status()
                imported = stage.cpu_s(process)
                peak = _export(client, process, path)
                exported = stage.cpu_s(process)
    return {
        "import_10k_cpu_s": round(imported - before, 2),
        "export_10k_cpu_s": round(exported - imported, 2),
        "import_mb": round(len(lines) / 1e6),
        "bulk_peak_mb": round(peak / 1e6),
    }


async def _prepare(url: str) -> tuple[str, str]:
    async with stage.connection(url) as conn:
        queue_id = await stage.make_queue(conn, "bulk")
        return await create_key(conn, "operator", stage.TENANT), queue_id


def _export(client: httpx.Client, process: psutil.Process, path: str) -> int:
    """Read the whole export; gives the most memory the API had meanwhile."""
    peak, lines = 0, 0
    with client.stream("GET", f"{path}/export?state=all") as response:
        response.raise_for_status()
        for chunk in response.iter_bytes(1_000_000):
            lines += chunk.count(b"\n")
            peak = max(peak, process.memory_info().rss)
    assert lines == TASKS, f"{lines} lines came out of {TASKS} tasks"
    return peak
