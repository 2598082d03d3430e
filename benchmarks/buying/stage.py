"""What the benchmarks of ordering run on: a PostgreSQL with a delivered batch, and both servers."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import psutil

from benchmarks.reviewing.stage import connection, database
from services.accounts.keys import create_key
from services.database.pool import fetch_one

__all__ = [
    "ITEMS",
    "TENANT",
    "add_batch",
    "add_batch_to",
    "connection",
    "database",
    "key",
    "serve",
    "serve_bare",
]
TENANT, ITEMS = "bench", 1000
_LIMITS = {"INGOT_REQUESTS_PER_MINUTE": "100000000"}
"""Requests are counted as ever; one client here does the work of many."""
_ORDER = "INSERT INTO orders (tenant_id, spec, spec_sha256) VALUES (%s, '{}', '') RETURNING id"
_BATCH = """
INSERT INTO batch (tenant_id, order_id, seq, kind, number, state, planned_qty, delivered_qty,
                   starts_at, due_at, delivered_at, delivery_uri)
VALUES (%s, %s, %s, 'production', 1, 'delivered', %s, %s, now(), now(), now(), 'rest')
RETURNING id"""
_ITEMS = """
INSERT INTO batch_item (tenant_id, batch_id, n, item_id, content, units, gpu_seconds, human_minutes)
SELECT %s, %s, n, 'itm_' || n, json_build_object('prompt', repeat('question ', 20),
       'answer', repeat('word ', 60)), 1, 1, 1 FROM generate_series(1, %s) n"""


async def key(url: str) -> str:
    """A lab's API key."""
    async with connection(url) as conn:
        return await create_key(conn, "lab", TENANT)


async def add_batch(url: str, items: int = ITEMS) -> str:
    """A delivered batch of so many items of about 500 bytes, of an order of its own; its id."""
    async with connection(url) as conn:
        row = await fetch_one(conn, _ORDER, TENANT)
        assert row is not None
    return await add_batch_to(url, row["id"], 1, items)


async def add_batch_to(url: str, order: str, seq: int, items: int) -> str:
    """The same of an order that there is."""
    async with connection(url) as conn:
        row = await fetch_one(conn, _BATCH, TENANT, order, seq, items, items)
        assert row is not None
        await conn.execute(_ITEMS, (TENANT, row["id"], items))
        await conn.execute("VACUUM ANALYZE")
        return str(row["id"])


@contextmanager
def serve(url: str) -> Iterator[tuple[int, psutil.Process]]:
    """The service in one process, its port."""
    with _started(lambda port: ["services.api", "--port", str(port)], url, "/readyz") as started:
        yield started


@contextmanager
def serve_bare(url: str) -> Iterator[tuple[int, psutil.Process]]:
    """The bare endpoints in one process, their port."""
    with _started(lambda port: ["benchmarks.buying.bare", url, str(port)], url, "/docs") as started:
        yield started


@contextmanager
def _started(
    command: Callable[[int], list[str]], url: str, ready: str
) -> Iterator[tuple[int, psutil.Process]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="ingot-bench-") as home:
        process = subprocess.Popen(
            [sys.executable, "-m", *command(port)],
            env=os.environ | _LIMITS | {"INGOT_DATABASE_URL": url, "INGOT_HOME": home},
            stderr=subprocess.DEVNULL,
        )
        try:
            while not _answers(f"http://127.0.0.1:{port}{ready}"):
                if process.poll() is not None:
                    raise RuntimeError(f"{command(port)[0]} did not start")
                time.sleep(0.05)
            yield port, psutil.Process(process.pid)
        finally:
            process.kill()
            process.wait()


def _answers(url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(url).status_code == 200
    return False
