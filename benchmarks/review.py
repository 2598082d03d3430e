"""CPU of the API process per "next task + submit answer": HTTP, API keys, 10,000 tasks queued.

Run it with `python -m benchmarks.review`. It starts its own PostgreSQL and API and prints one JSON
line. CPU is user + system time of the API process, PostgreSQL not counted, as it was measured for
the peers (their default servers, same task, same kind of machine: 2 shared cores).
"""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import orjson
import psutil

from ingot.orders import BatchState, OrderSpec
from ingot.records import Message
from services.database.embedded import start_embedded, stop_embedded
from services.database.migrate import migrate
from services.database.pool import open_pool, transaction
from services.ordering import repository
from services.ordering.batches import transition
from services.ordering.keys import create_key
from services.review.tasks import NewTask, create_tasks

TASKS = 10_000
WARM_UP = 200
ROUNDS = 2_000
ANSWER_CHARS = 900  # with the prompt about 2.4 kB a task, as in the peers' runs
PEERS_MS = {"label_studio": 102.0, "argilla": 60.0, "bare_prototype": 3.0}
PEER = "Label Studio 1.23.2 measured 102-125 ms, Argilla 60 ms, bare prototype 3.0 ms"


async def fill(url: str) -> tuple[str, float]:
    """Queue the tasks; gives a reviewer's key and how long queueing took."""
    spec = OrderSpec.model_validate(
        {"name": "bench", "quantity": TASKS, "source": {"recipe": "write_instructions"}}
    )
    text = Message(role="assistant", content="word " * (ANSWER_CHARS // 5))
    prompt = Message(role="user", content="question " * 60)
    tasks = [NewTask(f"par_{n}", "unsure", (prompt,), (text,), (text,)) for n in range(TASKS)]
    pool = await open_pool(url)
    async with transaction(pool) as conn:
        key = await create_key(conn, "reviewer", "bench", "ada")
        order_id = await repository.add_order(conn, "bench", spec.model_dump(mode="json"), "")
        batch_id = await repository.add_batch(conn, order_id, 1)
        for state in (BatchState.GENERATING, BatchState.JUDGING, BatchState.IN_REVIEW):
            await transition(conn, batch_id, state, actor="bench")
        began = time.perf_counter()
        await create_tasks(conn, batch_id, tasks)
        took_s = time.perf_counter() - began
    await pool.close()
    return key, took_s


@contextlib.contextmanager
def serve(database_url: str) -> Iterator[tuple[str, psutil.Process]]:
    """The API in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "services.api", "--port", str(port)],
        env={**os.environ, "INGOT_DATABASE_URL": database_url},
    )
    url = f"http://127.0.0.1:{port}"
    try:
        while True:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{url}/readyz").status_code == 200:
                    break
            time.sleep(0.1)
        yield url, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


def next_and_submit(client: httpx.Client) -> None:
    """What a reviewer's page does for each task."""
    leased = client.post("/v1/review/leases", json={"max": 1}).raise_for_status()
    [assignment] = leased.json()["assignments"]
    answer = {"verdict": "A", "client_event_id": uuid4().hex, "active_ms": 9_000}
    client.put(f"/v1/review/assignments/{assignment['id']}/answer", json=answer).raise_for_status()


def cpu_s(process: psutil.Process) -> float:
    """User and system time so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="ingot-bench-") as folder:
        home = Path(folder)
        url = start_embedded(home)
        asyncio.run(migrate(url))
        key, fill_s = asyncio.run(fill(url))
        with serve(url) as (address, process):
            headers = {"Authorization": f"Bearer {key}"}
            with httpx.Client(base_url=address, headers=headers) as client:
                for _ in range(WARM_UP):
                    next_and_submit(client)
                before = cpu_s(process)
                for _ in range(ROUNDS):
                    next_and_submit(client)
                each_ms = (cpu_s(process) - before) / ROUNDS * 1000
            rss_mb = process.memory_info().rss / 1e6
        stop_embedded(home)
    result = {
        "benchmark": "review",
        "tasks": TASKS,
        "rounds": ROUNDS,
        "next_submit_cpu_ms": round(each_ms, 2),
        "peer": PEER,
        **{f"ratio_to_{name}": round(each_ms / ms, 3) for name, ms in PEERS_MS.items()},
        "queue_10k_tasks_s": round(fill_s, 2),
        "rss_mb": round(rss_mb),
    }
    print(orjson.dumps(result).decode())


if __name__ == "__main__":
    main()
