"""What the reward service costs for each scored item, and how full it keeps an engine.

The service is a process of its own over a real PostgreSQL, asked over HTTP. The engine answers at
once (what is left is our own CPU) or after a set time (then it counts how many of its places are
taken while something waits; `wall_share` is the ideal wall time over the real one, which a busy
machine lowers). CPU is the service's own, its verifier processes apart.
"""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from benchmarks.deciding.effort import Effort
from benchmarks.deciding.instant_service import CAPACITY, DELAY_S
from services.accounts.keys import create_key
from services.database.embedded import start_embedded, stop_embedded
from services.database.migrate import migrate
from services.database.pool import connect

ITEMS = 4_096
BATCH = 256
SMALL, LARGE = 8, 1_024


@dataclass(frozen=True, slots=True)
class Served:
    """A running service."""

    url: str
    keys: dict[str, str]
    process: psutil.Process

    def cpu_s(self) -> float:
        """Of the service itself so far."""
        used = self.process.cpu_times()
        return float(used.user + used.system)


def measure(effort: Effort) -> dict[str, object]:
    """Serve and ask, the best of the rounds."""
    facts: dict[str, object] = {"items": ITEMS, "batch": BATCH, "window": CAPACITY}
    with _serving() as served:
        rounds = [asyncio.run(_round(served, number)) for number in range(effort.rounds)]
    for name in rounds[0]:
        values = [found[name] for found in rounds]
        best = max if name.endswith(("per_s", "share")) else min
        facts[name] = round(best(values), 4)
    return facts


async def _round(served: Served, number: int) -> dict[str, float]:
    found: dict[str, float] = {}
    async with _client(served, "one") as lab, _client(served, "two") as other:
        answers = [{"completions": [f"#### {n}"], "reference": "7"} for n in range(ITEMS)]
        found |= await _timed(served, lab, "verifier", "/v1/rewards", "answer", answers, number)
        found |= await _timed(served, lab, "pair", "/v1/preferences", "instant", _pairs(), number)
        await lab.get("/occupancy")
        started_s = time.perf_counter()
        await _ask(lab, "/v1/preferences", "slow", _pairs(), f"slow{number}")
        seconds = time.perf_counter() - started_s
        found["window_full_share"] = (await lab.get("/occupancy")).json()["share"]
        found["wall_share"] = 2 * ITEMS * DELAY_S / CAPACITY / seconds
        found |= await _fairness(lab, other, number)
    return found


async def _timed(
    served: Served,
    lab: httpx.AsyncClient,
    name: str,
    path: str,
    judge: str,
    items: list[dict[str, Any]],
    number: int,
) -> dict[str, float]:
    cpu_s, started_s = served.cpu_s(), time.perf_counter()
    await _ask(lab, path, judge, items, f"{name}{number}")
    seconds = time.perf_counter() - started_s
    return {
        f"{name}_items_per_s": len(items) / seconds,
        f"{name}_cpu_ms_per_item": 1_000 * (served.cpu_s() - cpu_s) / len(items),
    }


async def _fairness(
    lab: httpx.AsyncClient, other: httpx.AsyncClient, number: int
) -> dict[str, float]:
    """How long a small batch takes alone, and while another tenant's large one is at work."""
    alone_s = await _small(other, f"alone{number}")
    large = asyncio.create_task(
        _ask(lab, "/v1/preferences", "slow", _pairs(LARGE), f"large{number}", batch=LARGE)
    )
    await asyncio.sleep(4 * DELAY_S)
    beside_s = await _small(other, f"beside{number}")
    assert not large.done()
    await large
    return {"small_alone_ms": 1_000 * alone_s, "small_beside_large_ms": 1_000 * beside_s}


async def _small(client: httpx.AsyncClient, tag: str) -> float:
    started_s = time.perf_counter()
    await _ask(client, "/v1/preferences", "slow", _pairs(SMALL), tag)
    return time.perf_counter() - started_s


async def _ask(
    client: httpx.AsyncClient,
    path: str,
    judge: str,
    items: list[dict[str, Any]],
    tag: str,
    batch: int = BATCH,
) -> None:
    """All items in batches, four at once; the tag keeps results of earlier rounds out."""
    places = asyncio.Semaphore(4)

    async def send(portion: list[dict[str, Any]]) -> None:
        async with places:
            body = {"judge": judge, "items": [{**item, "prompt": tag} for item in portion]}
            (await client.post(path, json=body)).raise_for_status()

    starts = range(0, len(items), batch)
    await asyncio.gather(*(send(items[start : start + batch]) for start in starts))


def _pairs(count: int = ITEMS) -> list[dict[str, Any]]:
    return [{"completions": [f"answer {n}", f"other answer {n}"]} for n in range(count)]


def _client(served: Served, lab: str) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {served.keys[lab]}"}
    return httpx.AsyncClient(base_url=served.url, headers=headers, timeout=600, verify=False)


@contextmanager
def _serving() -> Iterator[Served]:
    with tempfile.TemporaryDirectory(prefix="ingot-bench-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        database_url = start_embedded(home)
        keys = asyncio.run(_keys(database_url))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = os.environ | {"INGOT_HOME": folder, "INGOT_DATABASE_URL": database_url}
        command = [sys.executable, "-m", "benchmarks.deciding.instant_service", str(port)]
        process = subprocess.Popen(command, env=environment)
        try:
            url = f"http://127.0.0.1:{port}"
            _await(f"{url}/readyz", process)
            yield Served(url, keys, psutil.Process(process.pid))
        finally:
            process.terminate()
            process.wait(30)
            stop_embedded(home)


async def _keys(database_url: str) -> dict[str, str]:
    await migrate(database_url)
    async with await connect(database_url) as conn:
        return {lab: await create_key(conn, "lab", lab) for lab in ("one", "two")}


def _await(url: str, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise RuntimeError("the reward service did not start")
