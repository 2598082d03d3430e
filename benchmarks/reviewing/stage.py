"""What the benchmarks of review run on: a PostgreSQL, a queue, keys, and the API as a process."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson
import psutil

from services.accounts.keys import create_key, find_principal
from services.database.embedded import start_embedded, stop_embedded
from services.database.migrate import migrate
from services.database.pool import Connection, connect
from services.review.queue import queues
from services.review.queue.queue_schemas import NewQueue

TENANT = "bench"
ANSWER_CHARS = 900  # with the prompt about 2.4 kB a task, as in the peers' runs
ITEM = {
    "prompt": [{"role": "user", "content": "question " * 60}],
    "a": [{"role": "assistant", "content": "word " * (ANSWER_CHARS // 5)}],
    "b": [{"role": "assistant", "content": "term " * (ANSWER_CHARS // 5)}],
}
_NO_LIMIT = {"INGOT_REQUESTS_PER_MINUTE": "1000000"}
"""Requests are counted as ever; one client here does the work of a hundred people."""
_FILL = """
INSERT INTO review_task (queue_id, item_id, purpose, payload, priority, urgency, overlap,
                         slots_free, answers_needed)
SELECT %s, 'item_' || n, 'asked', %s, 1, -n, %s, %s, %s FROM generate_series(1, %s) n"""
_GOLD = """
WITH made AS (
    INSERT INTO review_task (queue_id, item_id, purpose, state, payload, priority, overlap,
                             slots_free, answers_needed)
    SELECT %s, 'gold_' || n, 'gold', 'gold', %s, 1, 1, 0, 0 FROM generate_series(1, %s) n
    RETURNING id)
INSERT INTO gold (task_id, expected, label) SELECT id, '{"preference": -2}', 'A' FROM made"""


@contextmanager
def database() -> Iterator[str]:
    """A fresh, migrated PostgreSQL with fsync on."""
    with tempfile.TemporaryDirectory(prefix="ingot-bench-") as folder:
        url = start_embedded(Path(folder))
        try:
            asyncio.run(migrate(url))
            yield url
        finally:
            stop_embedded(Path(folder))


@asynccontextmanager
async def connection(url: str) -> AsyncIterator[Connection]:
    """A connection of one's own; each statement commits by itself."""
    conn = await connect(url)
    try:
        yield conn
    finally:
        await conn.close()


async def make_queue(conn: Connection, name: str, **terms: Any) -> str:
    """A queue of pairs, and its id."""
    key = await create_key(conn, "operator", TENANT)
    operator = await find_principal(conn, key)
    assert operator is not None
    wanted = NewQueue.model_validate({"name": name, "kind": "pairwise", **terms})
    return str((await queues.make(conn, operator, wanted))["id"])


async def fill(conn: Connection, queue_id: str, tasks: int, overlap: int = 1) -> None:
    """Put tasks into a queue."""
    payload = orjson.dumps(ITEM).decode()
    await conn.execute(_FILL, (queue_id, payload, overlap, overlap, overlap, tasks))


async def add_gold(conn: Connection, queue_id: str, tasks: int) -> None:
    """Put gold into a queue."""
    await conn.execute(_GOLD, (queue_id, orjson.dumps(ITEM).decode(), tasks))


async def reviewers(conn: Connection, count: int) -> list[str]:
    """Keys of so many reviewers."""
    return [await create_key(conn, "reviewer", TENANT, f"r{number}") for number in range(count)]


@contextmanager
def serve(database_url: str) -> Iterator[tuple[str, psutil.Process]]:
    """The API in a process of its own, ready."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "services.api", "--port", str(port)],
        env={**os.environ, **_NO_LIMIT, "INGOT_DATABASE_URL": database_url},
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        while not _ready(url):
            time.sleep(0.05)
        yield url, psutil.Process(process.pid)
    finally:
        process.kill()
        process.wait()


def _ready(url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{url}/readyz").status_code == 200
    return False


def cpu_s(process: psutil.Process) -> float:
    """User and system time so far."""
    times = process.cpu_times()
    return float(times.user + times.system)
