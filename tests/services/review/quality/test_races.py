"""Guidelines are published and answers voided while people work: no promise breaks."""

import asyncio
from itertools import cycle
from typing import Any

import httpx
from looking_after import broken_promises, pair
from reviewing import answer, query, take

from services.database.pool import Pool


async def work(client: httpx.AsyncClient, queue_id: str, verdicts: Any, rounds: int) -> list[int]:
    """Answer what there is, and give the statuses."""
    statuses = []
    for _ in range(rounds):
        for lease in await take(client, 2, queue_id):
            statuses.append((await answer(client, lease["id"], next(verdicts))).status_code)
    return statuses


async def publish(client: httpx.AsyncClient, queue_id: str, rounds: int) -> list[int]:
    """Break the guideline again and again."""
    path = f"/v1/queues/{queue_id}/guidelines"
    body = {"body": "anew", "change_note": "anew", "breaking": True}
    return [(await client.post(path, json=body)).status_code for _ in range(rounds)]


async def void(first: httpx.AsyncClient, second: httpx.AsyncClient, pool: Pool) -> list[int]:
    """Void answers as they come."""
    statuses = []
    for _ in range(8):
        await asyncio.sleep(0.05)
        for row in await query(pool, "SELECT id FROM assignment WHERE state = 'submitted' LIMIT 2"):
            path = f"/v1/assignments/{row['id']}/void"
            statuses.append((await first.post(path, json={"reason": "x"})).status_code)
            confirmed = await second.post(f"{path}/confirm", json={"confirm": True})
            statuses.append(confirmed.status_code)
    return statuses


async def test_counters_hold_while_all_of_it_happens_at_once(
    lead: Any, second_lead: Any, new_queue: Any, new_reviewer: Any, add_tasks: Any, pool: Pool
) -> None:
    queue_id = await new_queue(overlap=2, max_overlap=3, agree_share=0.7, adjudicate=True)
    await add_tasks(queue_id, [pair(n) for n in range(30)], overlap=2)
    people = [await new_reviewer(f"r{number}") for number in range(6)]
    verdicts = cycle(["A", "B", "tie"])
    done = await asyncio.gather(
        *(work(person, queue_id, verdicts, 10) for person in people),
        publish(lead, queue_id, 6),
        void(lead, second_lead, pool),
    )
    assert {status for statuses in done[:6] for status in statuses} <= {200}
    assert set(done[6]) == {201}
    assert {status for status in done[7]} <= {200, 201, 409}
    assert await broken_promises(pool) == []
    unpaid = await query(
        pool,
        "SELECT id FROM assignment WHERE revision > 0 "
        "AND id NOT IN (SELECT assignment_id FROM work_ledger)",
    )
    assert unpaid == []
