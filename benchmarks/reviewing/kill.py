"""kill -9 of the API under load, again and again: no acknowledged answer may be lost."""

import asyncio
import contextlib
import random
import signal
from typing import Any

import httpx
import psutil

from benchmarks.reviewing import stage
from benchmarks.reviewing.crowd import Reviewer, state

KILLS, REVIEWERS, TASKS = 20, 8, 20_000
AFTER_S = (0.5, 1.5)
"""A kill comes so long after the reviewers began, drawn between the two."""


def measure() -> dict[str, Any]:
    """Keys lost, broken_slots and over_assigned, which are to be 0, and how much was at stake."""
    draws = random.Random(1)
    with stage.database() as url:
        keys = asyncio.run(_prepare(url))
        crowd = [Reviewer(key, seed) for seed, key in enumerate(keys)]
        for _ in range(KILLS):
            with stage.serve(url) as (address, process):
                asyncio.run(_work(crowd, address, process, draws.uniform(*AFTER_S)))
        found = asyncio.run(state(url))
    acknowledged = set[str]().union(*(each.acknowledged for each in crowd))
    return {
        "kills": KILLS,
        "acknowledged": len(acknowledged),
        "lost": len(acknowledged - found["events"]),
        "broken_slots": found["broken"],
        "over_assigned": found["over"],
    }


async def _prepare(url: str) -> list[str]:
    async with stage.connection(url) as conn:
        queue_id = await stage.make_queue(conn, "kill", overlap=2)
        await stage.fill(conn, queue_id, TASKS, 2)
        return await stage.reviewers(conn, REVIEWERS)


async def _work(
    crowd: list[Reviewer], address: str, process: psutil.Process, after_s: float
) -> None:
    async def until_killed(reviewer: Reviewer) -> None:
        with contextlib.suppress(httpx.TransportError):
            await reviewer.work(address)

    working = [asyncio.create_task(until_killed(each)) for each in crowd]
    await asyncio.sleep(after_s)
    process.send_signal(signal.SIGKILL)
    await asyncio.gather(*working)
