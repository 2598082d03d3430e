"""32 reviewers at once over 2,000 tasks of overlap 1 to 3: nobody too many, nothing refused."""

import asyncio
from typing import Any

from benchmarks.reviewing import stage
from benchmarks.reviewing.crowd import Reviewer, state

REVIEWERS, TASKS = 32, 2_000
OVERLAPS = (1, 2, 3)


def measure() -> dict[str, Any]:
    """Keys over_assigned, errors, broken_slots, missing_answers, lost: all are to be 0."""
    with stage.database() as url:
        keys, wanted = asyncio.run(_prepare(url))
        crowd = [Reviewer(key, seed) for seed, key in enumerate(keys)]
        with stage.serve(url) as (address, _):
            asyncio.run(_work(crowd, address))
        found = asyncio.run(state(url))
    acknowledged = set[str]().union(*(each.acknowledged for each in crowd))
    return {
        "reviewers": REVIEWERS,
        "tasks": TASKS,
        "answers": found["answered"],
        "over_assigned": found["over"],
        "errors": sum(each.errors for each in crowd),
        "broken_slots": found["broken"],
        "missing_answers": wanted - found["answered"],
        "lost": len(acknowledged - found["events"]),
    }


async def _prepare(url: str) -> tuple[list[str], int]:
    async with stage.connection(url) as conn:
        wanted = 0
        for number, overlap in enumerate(OVERLAPS):
            tasks = TASKS * (number + 1) // 3 - TASKS * number // 3
            queue_id = await stage.make_queue(conn, f"overlap {overlap}", overlap=overlap)
            await stage.fill(conn, queue_id, tasks, overlap)
            wanted += tasks * overlap
        return await stage.reviewers(conn, REVIEWERS), wanted


async def _work(crowd: list[Reviewer], address: str) -> None:
    await asyncio.gather(*[each.work(address) for each in crowd])
