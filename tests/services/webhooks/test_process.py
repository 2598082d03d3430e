"""The sender as a process: told to stop, killed, and among receivers that misbehave."""

import asyncio
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from fixtures_postgres import Api
from receiving import Receiver, Reply, add_endpoint, deliveries, tell, until
from reviewing import query

from services.database.pool import Pool

_SHORT_LEASE = """
from services.webhooks.__main__ import main
from services.webhooks.sender import Terms

main(Terms(poll_s=0.05, lease_s=1.5), timeout_s=1)
"""
_FOUR_TRIES = """
from services.webhooks.__main__ import main
from services.webhooks.sender import Terms

main(Terms(waits_s=(0, 0.1, 0.1, 0.1), poll_s=0.05), timeout_s=1)
"""


@contextmanager
def started(
    api: Api, *arguments: str, to_private: bool = True
) -> Iterator["subprocess.Popen[bytes]"]:
    """A sender of its own; killed in the end unless it has ended."""
    environment = os.environ | {
        "INGOT_HOME": str(api.settings.home),
        "INGOT_DATABASE_URL": api.settings.database_url.get_secret_value(),
        "INGOT_WEBHOOKS_TO_PRIVATE_ADDRESSES": str(to_private).lower(),
    }
    with subprocess.Popen(
        [sys.executable, *arguments], env=environment, stderr=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


async def test_what_is_under_way_is_finished_when_told_to_stop(
    api: Api, pool: Pool, receiver: Receiver
) -> None:
    made, secret = await add_endpoint(api.lab, f"{receiver.url}/a")
    receiver.script["/a"] = [Reply(after_s=0.5)]
    await tell(pool)
    with started(api, "-m", "services.webhooks") as process:
        await until(lambda: receiver.got)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert process.stderr is not None
        log = process.stderr.read().decode()
    assert "sender stopped" in log
    assert secret.removeprefix("whsec_") not in log
    [sent] = await deliveries(api.lab, made)
    assert (sent["state"], sent["tries"]) == ("delivered", 1)


@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.slow)])
async def test_a_sender_that_is_killed_loses_nothing(
    api: Api, pool: Pool, receiver: Receiver, kills: int
) -> None:
    secrets, draw = {}, random.Random(kills)
    for path in ("/a", "/b", "/c"):
        _, secrets[path] = await add_endpoint(api.lab, f"{receiver.url}{path}")
        receiver.script[path] = [Reply(after_s=0.02)]
    told: list[str] = []
    for _ in range(kills):
        enough = len(receiver.got) + draw.randint(1, 60)
        with started(api, "-c", _SHORT_LEASE) as process:
            while len(receiver.got) < enough:
                told.append(await tell(pool, number=len(told)))
                await asyncio.sleep(0.005)
            assert process.poll() is None
            process.kill()
    with started(api, "-c", _SHORT_LEASE) as process:
        done = "SELECT 1 WHERE NOT EXISTS (SELECT FROM webhook_delivery WHERE state = 'pending')"
        await until(lambda: query(pool, done))
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
    [row] = await query(
        pool, "SELECT count(*), array_agg(DISTINCT state) AS states FROM webhook_delivery"
    )
    assert (row["count"], row["states"]) == (3 * len(told), ["delivered"])
    for path, secret in secrets.items():
        at = receiver.at(path)
        assert {got.id.partition("_whe_")[0] for got in at} == set(told)
        assert len({got.id for got in at}) == len({got.body for got in at}) == len(told)
        for got in at:
            got.verified(secret)


async def test_each_receiver_that_misbehaves_gets_what_it_asked_for(
    api: Api, pool: Pool, receiver: Receiver
) -> None:
    elsewhere = {"location": f"{receiver.url}/elsewhere"}
    scripts = {
        "/fine": [Reply()],
        "/late": [Reply(after_s=30), Reply(after_s=30), Reply()],
        "/busy": [Reply(429, {"retry-after": "2"}), Reply(204)],
        "/gone": [Reply(410)],
        "/moved": [Reply(307, elsewhere)],
        "/broken": [Reply(500)],
    }
    receiver.script.update(scripts)
    made = {path: await add_endpoint(api.lab, receiver.url + path) for path in scripts}
    told = await tell(pool)

    endpoints = [endpoint for endpoint, _ in made.values()]

    async def only_the_gone_wait() -> bool:
        sent = dict(zip(made, await _sent(api, endpoints), strict=True))
        return {p for p, each in sent.items() if each["state"] == "pending"} == {"/gone"}

    with started(api, "-c", _FOUR_TRIES):
        await until(only_the_gone_wait)
    sent = dict(zip(made, await _sent(api, endpoints), strict=True))
    assert {path: (each["state"], each["tries"]) for path, each in sent.items()} == {
        "/fine": ("delivered", 1),
        "/late": ("delivered", 3),
        "/busy": ("delivered", 2),
        "/gone": ("pending", 1),
        "/moved": ("dead", 4),
        "/broken": ("dead", 4),
    }
    assert [each["error"] for each in sent["/late"]["attempts"]][1:] == ["no answer within 1 s"] * 2
    assert "redirects are not followed" in sent["/moved"]["attempts"][0]["error"]
    after, before = (datetime.fromisoformat(each["at"]) for each in sent["/busy"]["attempts"])
    assert (after - before).total_seconds() >= 2
    gone = (await api.lab.get(f"/v1/webhook-endpoints/{made['/gone'][0]}")).json()
    assert (gone["enabled"], gone["disabled_because"]) == (False, "it answered 410 Gone")
    assert {got.path for got in receiver.got} == scripts.keys()
    for path, (endpoint, secret) in made.items():
        at = receiver.at(path)
        assert (len(at), {got.id for got in at}) == (sent[path]["tries"], {f"{told}_{endpoint}"})
        assert len({got.body for got in at}) == 1
        for got in at:
            got.verified(secret)


async def test_nothing_connects_to_a_private_address(api: Api, pool: Pool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        urls = [
            f"http://127.0.0.1:{port}",
            f"https://127.0.0.1:{port}",
            f"https://localhost:{port}",
        ]
        made = [(await add_endpoint(api.lab, url))[0] for url in urls]
        await tell(pool)

        async def all_dead() -> bool:
            return [each["state"] for each in await _sent(api, made)] == ["dead"] * len(urls)

        with started(api, "-c", _FOUR_TRIES, to_private=False):
            await until(all_dead)
        listening.settimeout(0)
        with pytest.raises(BlockingIOError):
            listening.accept()
    said = [each["attempts"][0]["error"] for each in await _sent(api, made)]
    assert "use https" in said[0]
    assert all("is not a public address" in error for error in said[1:])


async def _sent(api: Api, endpoints: list[str]) -> list[dict[str, Any]]:
    return [(await deliveries(api.lab, each))[0] for each in endpoints]
