"""Signed deliveries a second: one sender on one core, a receiver on another."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import orjson
import psutil

from benchmarks.buying import stage
from ingot.settings import Settings
from services.accounts.keys import find_principal
from services.database.vault import open_vault
from services.webhooks import service
from services.webhooks.events import EventData, publish
from services.webhooks.schemas import NewEndpoint

ENDPOINTS, EVENTS = 8, 1500
BAR = 200
_SPAN = """
SELECT count(*) AS n, count(DISTINCT delivery_id) AS deliveries, max(error) AS error,
       extract(epoch FROM max(at + duration_ms * interval '1 ms') - min(at))::float8 AS took_s
FROM webhook_attempt"""


def measure() -> dict[str, Any]:
    """`webhooks_per_second` from the first try to the last answer; each is verified."""
    cores = sorted(os.sched_getaffinity(0))
    with stage.database() as url, tempfile.TemporaryDirectory(prefix="ingot-bench-") as home:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        address = f"http://127.0.0.1:{port}"
        secrets = asyncio.run(_prepare(url, Path(home), address))
        with _receiving(port, cores[-1], secrets), _sending(url, home, cores[0]) as sender:
            before = sender.cpu_times()
            came = _await_all(address)
            after = sender.cpu_times()
        span = asyncio.run(_span(url))
    if came["ids"] != ENDPOINTS * EVENTS or span["error"] or span["deliveries"] != came["ids"]:
        raise RuntimeError(f"not all webhooks arrived as they should: {came}, {span}")
    cpu_s = after.user + after.system - before.user - before.system
    return {
        "webhooks_per_second": round(span["n"] / span["took_s"]),
        "webhooks_bar": BAR,
        "webhooks_sent": span["n"],
        "webhook_cpu_ms": round(cpu_s / span["n"] * 1000, 2),
    }


async def _prepare(url: str, home: Path, address: str) -> dict[str, str]:
    """Endpoints and events that wait for them; gives their secrets."""
    vault = open_vault(Settings(home=home))
    key = await stage.key(url)
    secrets = {}
    async with stage.connection(url) as conn:
        lab = await find_principal(conn, key)
        assert lab is not None
        for number in range(ENDPOINTS):
            wanted = NewEndpoint(url=f"{address}/{number}")
            made = await service.make(conn, vault, lab, wanted, allow_private=True)
            secrets[f"/{number}"] = made.secret
        async with conn.transaction():
            for number in range(EVENTS):
                data = EventData(id=f"ord_{number}", object="order", state="active", version=1)
                await publish(conn, stage.TENANT, "order.state_changed", data)
        await conn.execute("VACUUM ANALYZE")
    return secrets


@contextmanager
def _receiving(port: int, core: int, secrets: dict[str, str]) -> Iterator[None]:
    command = [sys.executable, "-m", "benchmarks.buying.receiver", str(port), str(core)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as receiver:
        assert receiver.stdin is not None
        receiver.stdin.write(orjson.dumps(secrets))
        receiver.stdin.close()
        try:
            while not _counted(f"http://127.0.0.1:{port}"):
                time.sleep(0.05)
            yield
        finally:
            receiver.kill()


@contextmanager
def _sending(url: str, home: str, core: int) -> Iterator[psutil.Process]:
    environment = os.environ | {
        "INGOT_DATABASE_URL": url,
        "INGOT_HOME": home,
        "INGOT_WEBHOOKS_TO_PRIVATE_ADDRESSES": "true",
    }
    command = [sys.executable, "-m", "services.webhooks"]
    with subprocess.Popen(
        command, env=os.environ | environment, stderr=subprocess.DEVNULL
    ) as sender:
        os.sched_setaffinity(sender.pid, {core})
        try:
            yield psutil.Process(sender.pid)
        finally:
            sender.kill()


def _counted(address: str) -> dict[str, int] | None:
    with suppress(httpx.TransportError):
        counted: dict[str, int] = httpx.get(address).json()
        return counted
    return None


def _await_all(address: str) -> dict[str, int]:
    """Wait until all came, or none came for a while."""
    came, still = {"came": -1, "ids": 0}, 0
    while came["ids"] < ENDPOINTS * EVENTS and still < 60:
        time.sleep(0.5)
        now = _counted(address) or came
        still = still + 1 if now == came else 0
        came = now
    time.sleep(1)  # the last are written down
    return came


async def _span(url: str) -> dict[str, Any]:
    async with stage.connection(url) as conn:
        row = await (await conn.execute(_SPAN)).fetchone()
        assert row is not None
        return dict(row)
