"""What must hold whoever is fastest, and whatever is killed."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fixtures_postgres import Api, client_for
from reviewing import answer, query, take

from services.database.pool import Pool

SLOTS = """SELECT 1 FROM review_task t WHERE slots_free <> overlap - (SELECT count(*)
           FROM assignment a WHERE a.task_id = t.id AND a.state IN ('leased', 'submitted'))"""


async def work(client: httpx.AsyncClient) -> int:
    """Answer until the queue is drained."""
    done = 0
    while True:
        response = await client.post("/v1/leases", json={"max": 2})
        if response.headers.get("Queue-State") == "drained":
            return done
        if response.status_code == 204:
            await asyncio.sleep(0.02)
            continue
        for lease in response.json()["assignments"]:
            done += (await answer(client, lease["id"])).status_code == 200


@pytest.mark.parametrize("overlap", [1, 3])
async def test_eight_reviewers_at_once_give_exactly_the_overlap_and_one_event(
    pool: Pool, new_batch: Any, new_reviewer: Any, tasks: Any, overlap: int
) -> None:
    await new_batch(tasks(40, overlap=overlap))
    reviewers = [await new_reviewer(f"r{number}") for number in range(8)]
    done = await asyncio.gather(*[work(client) for client in reviewers])
    per_task = await query(
        pool,
        "SELECT task_id, count(*) AS n, count(DISTINCT reviewer) AS who FROM assignment "
        "WHERE state = 'submitted' GROUP BY task_id",
    )
    assert [(row["n"], row["who"]) for row in per_task] == [(overlap, overlap)] * 40
    assert sum(done) == 40 * overlap
    assert [row["topic"] for row in await query(pool, "SELECT topic FROM outbox")] == [
        "batch.reviewed"
    ]
    assert await query(pool, SLOTS) == []


async def test_two_racing_last_answers_publish_once(
    pool: Pool, new_batch: Any, new_reviewer: Any, tasks: Any
) -> None:
    await new_batch(tasks(8))
    clients = [await new_reviewer(f"r{number}") for number in range(8)]
    leases = [(await take(client))[0]["id"] for client in clients]
    replies = await asyncio.gather(*map(answer, clients, leases))
    assert {reply.status_code for reply in replies} == {200}
    assert len(await query(pool, "SELECT 1 FROM outbox")) == 1


async def test_one_event_sent_many_times_at_once_is_one_answer(
    api: Api, pool: Pool, new_batch: Any, tasks: Any
) -> None:
    await new_batch(tasks(1))
    [lease] = await take(api.reviewer)
    replies = await asyncio.gather(
        *[answer(api.reviewer, lease["id"], client_event_id="same") for _ in range(8)]
    )
    assert len({reply.text for reply in replies}) == 1
    assert len(await query(pool, "SELECT 1 FROM response")) == 1


async def test_two_tabs_of_a_reviewer_hold_the_same_leases(
    api: Api, new_batch: Any, tasks: Any
) -> None:
    await new_batch(tasks(20))
    replies = await asyncio.gather(*[take(api.reviewer, 2) for _ in range(6)])
    assert len({lease["id"] for leases in replies for lease in leases}) == 2


@asynccontextmanager
async def killable_api(database_url: str) -> AsyncIterator[tuple[str, subprocess.Popen[bytes]]]:
    """The API in a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "services.api", "--port", str(port)],
        env={**os.environ, "INGOT_DATABASE_URL": database_url},
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        await _until_ready(url)
        yield url, process
    finally:
        process.kill()
        process.wait()


async def _until_ready(url: str) -> None:
    async with httpx.AsyncClient(verify=False) as client:
        for _ in range(600):
            try:
                if (await client.get(f"{url}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.05)
    raise AssertionError(f"the API at {url} does not get ready")


async def _answer_until_killed(client: httpx.AsyncClient, acknowledged: set[str]) -> None:
    try:
        while leases := await take(client):
            if (await answer(client, leases[0]["id"])).status_code == 200:
                acknowledged.add(leases[0]["id"])
    except httpx.TransportError:
        return


async def test_killing_the_api_under_load_loses_no_acknowledged_answer(
    api: Api, database_url: str, pool: Pool, new_batch: Any, tasks: Any
) -> None:
    await new_batch(tasks(3000))
    acknowledged: set[str] = set()
    for wanted in (20, 40):
        async with (
            killable_api(database_url) as (url, process),
            client_for(url, api.reviewer_key) as client,
        ):
            load = asyncio.create_task(_answer_until_killed(client, acknowledged))
            while len(acknowledged) < wanted and not load.done():
                await asyncio.sleep(0.005)
            process.send_signal(signal.SIGKILL)
            await load
    stored = {
        row["assignment_id"] for row in await query(pool, "SELECT assignment_id FROM response")
    }
    assert len(acknowledged) >= 40
    assert acknowledged <= stored
    assert await query(pool, SLOTS) == []


async def test_a_late_answer_and_a_new_claim_of_one_reviewer_make_one_answer(
    api: Api, pool: Pool, new_batch: Any, tasks: Any
) -> None:
    await new_batch(tasks(20, overlap=2))
    while held := await take(api.reviewer):
        await query(pool, "UPDATE assignment SET expires_at = now() WHERE state = 'leased'")
        late, leases = await asyncio.gather(answer(api.reviewer, held[0]["id"]), take(api.reviewer))
        assert late.status_code == 200
        for lease in leases:
            await answer(api.reviewer, lease["id"])
    assert await query(pool, SLOTS) == []
    answered = await query(
        pool, "SELECT task_id FROM assignment JOIN response ON id = assignment_id"
    )
    assert len({row["task_id"] for row in answered}) == len(answered) > 0
