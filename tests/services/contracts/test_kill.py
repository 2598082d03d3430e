"""The service is killed while labs order and decide: nothing is lost, nothing is doubled."""

import itertools
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from promises import broken
from psycopg.rows import dict_row
from receiving import receiving
from rehearsing import REQUEST, lab_at

from services.accounts.keys import create_key
from services.database.pool import Pool, transaction
from services.processes import free_port

KILLS = int(os.environ.get("INGOT_SERVICE_KILLS", "20"))
BATCHES = 12
PATIENCE_S = 60
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@contextmanager
def running(module: str, environment: dict[str, str], *arguments: str) -> Iterator[Any]:
    """A process of the platform; killed in the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        env=os.environ | environment,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()


def await_ready(url: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            if httpx.get(f"{url}/readyz", verify=False).is_success:
                return
        except httpx.TransportError:
            assert time.monotonic() < deadline, "the service did not start"
            time.sleep(0.02)


class Insistent:
    """A lab that repeats each request under its key until there is an answer."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.Client(
            base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=10, verify=False
        )
        self.answers: dict[str, dict[str, Any]] = {}
        """By key: what was acknowledged."""

    def ask(self, key: str, path: str, body: object = None) -> dict[str, Any]:
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            try:
                answer = self._http.post(path, json=body, headers={"Idempotency-Key": key})
            except httpx.TransportError:
                time.sleep(0.05)
                continue
            if answer.is_success:
                self.answers[key] = answer.json()
                return self.answers[key]
            waits = answer.status_code in (503, 409) and "Retry-After" in answer.headers
            assert waits, f"{path}: {answer.status_code} {answer.text}"
            time.sleep(0.05)
        raise AssertionError(f"{path} was never answered")


def order_on(lab: Insistent, number: int, stop: threading.Event) -> None:
    """Place order after order."""
    for n in itertools.count():
        if stop.is_set():
            return
        quote = lab.ask(f"quote {number} {n}".replace(" ", "-"), "/v1/quotes", REQUEST)["id"]
        lab.ask(f"order-{number}-{n}", f"/v1/quotes/{quote}/accept")


def decide_on(
    lab: Insistent, batches: list[str], draw: random.Random, done: threading.Event
) -> None:
    """Decide on batch after batch."""
    for batch in batches:
        time.sleep(draw.uniform(0, 2 * KILLS / BATCHES))
        if draw.random() < 0.5:
            lab.ask(f"accept-{batch}", f"/v1/batches/{batch}/accept")
        else:
            lab.ask(f"reject-{batch}", f"/v1/batches/{batch}/reject", {"reason_code": "wrong"})
    done.set()


async def test_a_service_that_is_killed_loses_and_doubles_nothing(
    database_url: str, pool: Pool, tmp_path: Path
) -> None:
    async with transaction(pool) as conn:
        key = await create_key(conn, "lab", "acme", test=True)
    environment = {
        "INGOT_HOME": str(tmp_path),
        "INGOT_DATABASE_URL": database_url,
        "INGOT_WEBHOOKS_TO_PRIVATE_ADDRESSES": "true",
        "INGOT_REQUESTS_PER_MINUTE": "1000000",
    }
    port = free_port("127.0.0.1", 0)
    url, draw = f"http://127.0.0.1:{port}", random.Random(1)
    arguments = ("--host", "127.0.0.1", "--port", str(port))
    with receiving() as receiver, running("services.webhooks", environment):
        with running("services.api", environment, *arguments):
            await_ready(url)
            first = lab_at(url, key)
            made = first.rehearsal.post("/webhook-endpoints", {"url": f"{receiver.url}/hook"})
            batches = [first.rehearsal.delivered() for _ in range(BATCHES)]
        lab, stop, decided = Insistent(url, key), threading.Event(), threading.Event()
        threads = [threading.Thread(target=order_on, args=(lab, n, stop)) for n in range(3)]
        threads.append(threading.Thread(target=decide_on, args=(lab, batches, draw, decided)))
        for thread in threads:
            thread.start()
        for _ in range(KILLS):
            with running("services.api", environment, *arguments):
                await_ready(url)
                time.sleep(draw.uniform(0.02, 0.5))
        with running("services.api", environment, *arguments):
            assert decided.wait(PATIENCE_S)
            stop.set()
            for thread in threads:
                thread.join(PATIENCE_S)
                assert not thread.is_alive()
            check_what_is_there(database_url, lab, batches)
            check_what_was_told(database_url, receiver, made)


def check_what_is_there(database_url: str, lab: Insistent, batches: list[str]) -> None:
    """What was acknowledged is there, once; and every promise holds."""
    with psycopg.connect(database_url, row_factory=dict_row) as conn:
        assert broken(conn) == {}
        contracts = conn.execute("SELECT id, quote_id FROM contract").fetchall()
        orders = {row["id"] for row in contracts}
        acknowledged = [a["order_id"] for key, a in lab.answers.items() if key.startswith("order")]
        assert len(acknowledged) > KILLS
        assert len(set(acknowledged)) == len(acknowledged)
        assert set(acknowledged) <= orders
        assert len(orders) == len(acknowledged) + BATCHES
        quotes = conn.execute("SELECT count(*) AS n FROM quote").fetchone() or {}
        issued = [a for key, a in lab.answers.items() if key.startswith("quote")]
        assert quotes["n"] == len(issued) + BATCHES
        states = conn.execute("SELECT state FROM batch WHERE id = ANY(%s)", (batches,)).fetchall()
        assert [row["state"] for row in states] == ["settled"] * BATCHES
        accepted = sum(key.startswith("accept") for key in lab.answers)
        invoices = conn.execute("SELECT count(*) AS n FROM invoice").fetchone() or {}
        assert invoices["n"] == accepted


def check_what_was_told(database_url: str, receiver: Any, made: dict[str, Any]) -> None:
    """Every event was delivered at least once, always under one id and with one body."""
    with psycopg.connect(database_url, autocommit=True) as conn:
        rows = conn.execute("SELECT id FROM event ORDER BY id").fetchall()
        endpoint = made["endpoint"]["id"]
        expected = {f"{event}_{endpoint}" for (event,) in rows}
        deadline = time.monotonic() + PATIENCE_S
        while {got.id for got in receiver.got} != expected:
            assert time.monotonic() < deadline, "some events were never delivered"
            time.sleep(0.2)
    bodies = defaultdict(set)
    for got in receiver.got:
        got.verified(made["secret"])
        bodies[got.id].add(got.body)
    assert {len(each) for each in bodies.values()} == {1}
