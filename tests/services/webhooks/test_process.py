"""The sender as a process: told to stop, and killed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from fixtures_postgres import Api
from receiving import Receiver, Reply, add_endpoint, deliveries, tell, until
from reviewing import query

from services.database.pool import Pool

_SHORT_LEASE = """
from services.webhooks.__main__ import main
from services.webhooks.sender import Terms

main(Terms(poll_s=0.05, lease_s=1.5), timeout_s=1)
"""


@contextmanager
def started(api: Api, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A sender of its own; killed in the end unless it has ended."""
    environment = os.environ | {
        "INGOT_HOME": str(api.settings.home),
        "INGOT_DATABASE_URL": api.settings.database_url.get_secret_value(),
        "INGOT_WEBHOOKS_TO_PRIVATE_ADDRESSES": "true",
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


async def test_a_sender_that_is_killed_loses_nothing(
    api: Api, pool: Pool, receiver: Receiver
) -> None:
    secrets = {}
    for path in ("/a", "/b", "/c"):
        _, secrets[path] = await add_endpoint(api.lab, f"{receiver.url}{path}")
        receiver.script[path] = [Reply(after_s=0.02)]
    told: list[str] = []
    for _ in range(4):
        before = len(receiver.got)
        with started(api, "-c", _SHORT_LEASE) as process:
            while len(receiver.got) < before + 40:
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
