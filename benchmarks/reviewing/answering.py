"""CPU of the API per task: lease, draft, answer; its memory; and whether a long queue slows it."""

import asyncio
import statistics
import time
from typing import Any
from uuid import uuid4

import httpx
import psutil

from benchmarks.reviewing import stage

TASKS, LONG = 10_000, 1_000_000
WARM_UP, BLOCKS, BLOCK = 200, 20, 100
LEASES = 300
GOLD = 200


def measure() -> dict[str, Any]:
    """Figures of the API; `next_submit_cpu_ms` is a lease, a saved draft and an answer."""
    with stage.database() as url:
        key, short, long = asyncio.run(_prepare(url))
        with stage.serve(url) as (address, process):
            idle = process.memory_info().rss
            headers = {"Authorization": f"Bearer {key}"}
            with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
                for _ in range(WARM_UP):
                    _answer(client, f"/v1/queues/{short}/leases", draft=True)
                blocks = [
                    [_block_ms(client, process, short, draft=draft) for draft in (True, False)]
                    for _ in range(BLOCKS)
                ]
                ratio = _ratio(client, short, f"/v1/queues/{long}/leases")
                any_ratio = _ratio(client, short, "/v1/leases")
            busy = process.memory_info().rss
    return {
        "next_submit_cpu_ms": round(statistics.mean(drafted for drafted, _ in blocks), 2),
        "without_draft_cpu_ms": round(statistics.mean(plain for _, plain in blocks), 2),
        "next_at_1m_ratio": round(ratio, 2),
        "next_of_any_at_1m_ratio": round(any_ratio, 2),
        "idle_mb": round(idle / 1e6),
        "busy_mb": round(busy / 1e6),
    }


async def _prepare(url: str) -> tuple[str, str, str]:
    async with stage.connection(url) as conn:
        [key] = await stage.reviewers(conn, 1)
        ids = []
        for name, tasks in (("short", TASKS), ("long", LONG)):
            queue_id = await stage.make_queue(conn, name, gold_every=12, body="# Read\n\nBe fair.")
            await stage.fill(conn, queue_id, tasks)
            await stage.add_gold(conn, queue_id, GOLD)
            ids.append(queue_id)
        await conn.execute("VACUUM ANALYZE")
    return key, ids[0], ids[1]


def _block_ms(
    client: httpx.Client, process: psutil.Process, queue_id: str, *, draft: bool
) -> float:
    before = stage.cpu_s(process)
    for _ in range(BLOCK):
        _answer(client, f"/v1/queues/{queue_id}/leases", draft=draft)
    return (stage.cpu_s(process) - before) / BLOCK * 1000


def _answer(client: httpx.Client, leases: str, *, draft: bool) -> float:
    """What the page does for each task; gives the wall time of its lease."""
    began = time.perf_counter()
    leased = client.post(leases, json={"max": 1}).raise_for_status()
    took_s = time.perf_counter() - began
    [assignment] = leased.json()["assignments"]
    path, content = f"/v1/assignments/{assignment['id']}", {"preference": -2}
    if draft:
        body = {"client_seq": 1, "body": content}
        client.put(f"{path}/draft", json=body).raise_for_status()
    answer = {"answer": content, "client_event_id": uuid4().hex, "active_ms": 9_000}
    client.put(f"{path}/answer", json=answer).raise_for_status()
    return took_s


def _ratio(client: httpx.Client, short: str, leases: str) -> float:
    """Wall time of a lease there over one from the short queue; the two take turns."""
    pairs = [
        (
            _answer(client, f"/v1/queues/{short}/leases", draft=False),
            _answer(client, leases, draft=False),
        )
        for _ in range(LEASES)
    ]
    return statistics.median(b for _, b in pairs) / statistics.median(a for a, _ in pairs)
