"""What a QA lead does with a task that nobody can answer."""

import asyncio
from typing import Any

import pytest
from fixtures_postgres import Api
from looking_after import broken_promises, pair
from reviewing import answer, query, take

from services.database.pool import Pool, transaction
from services.review.quality import ending_repository

LEASE = (
    "INSERT INTO assignment (task_id, reviewer, state, expires_at) "
    "VALUES (%s, 'ada', 'leased', now() + interval '1 hour')"
)
WAITS = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%%OF t'"
TASK = "SELECT state, overlap, slots_free, answers_needed FROM review_task WHERE id = %s"
WHY = {"reason": "the image it speaks of is missing"}


async def test_a_task_without_an_answer_is_left_out_and_the_batch_goes_on(
    lead: Any, new_batch: Any, tasks: Any, pool: Pool
) -> None:
    batch = await new_batch(tasks(2))
    events = "SELECT topic FROM outbox WHERE key = %s AND topic LIKE 'batch.re%%'"
    for row, left in zip(await query(pool, "SELECT id FROM review_task"), (1, 0), strict=True):
        ended = await lead.post(f"/v1/tasks/{row['id']}/end", json=WHY)
        assert ended.json() == {"task_id": row["id"], "state": "cancelled", "answers": 0}
        [waits] = await query(pool, "SELECT tasks_open FROM batch WHERE id = %s", batch)
        assert waits["tasks_open"] == left
        assert len(await query(pool, events, batch)) == (left == 0)
    noted = await query(pool, "SELECT actor, detail FROM audit_event WHERE action = 'task.ended'")
    assert [row["detail"] for row in noted] == [{**WHY, "answers": 0}] * 2
    assert all(row["actor"].startswith("operator:acme:") for row in noted)


async def test_the_answers_it_has_are_enough(
    api: Api, lead: Any, new_queue: Any, add_tasks: Any, pool: Pool
) -> None:
    queue_id = await new_queue(overlap=3)
    [task] = await add_tasks(queue_id, [pair()], overlap=3)
    [lease] = await take(api.reviewer, 1, queue_id)
    await answer(api.reviewer, lease["id"])
    ended = await lead.post(f"/v1/tasks/{task}/end", json=WHY)
    assert ended.json()["state"] == "done"
    [row] = await query(pool, TASK, task)
    assert tuple(row.values()) == ("done", 1, 0, 0)
    assert await broken_promises(pool) == []


async def test_what_is_answered_after_the_end_is_stored_and_paid(
    api: Api, lead: Any, new_queue: Any, add_tasks: Any, pool: Pool
) -> None:
    queue_id = await new_queue(pay_minor=10)
    [task] = await add_tasks(queue_id, [pair()])
    [lease] = await take(api.reviewer, 1, queue_id)
    assert (await lead.post(f"/v1/tasks/{task}/end", json=WHY)).status_code == 200
    assert await take(api.reviewer, 1, queue_id) == []
    late = await answer(api.reviewer, lease["id"])
    assert (late.status_code, late.json()["counted"]) == (200, False)
    assert await query(pool, "SELECT amount_minor FROM work_ledger") == [{"amount_minor": 10}]
    assert (await query(pool, TASK, task))[0]["state"] == "cancelled"


async def test_a_disagreement_can_be_left_undecided(
    lead: Any, new_queue: Any, new_reviewer: Any, add_tasks: Any, pool: Pool
) -> None:
    queue_id = await new_queue(overlap=2, agree_share=1, adjudicate=True)
    [task] = await add_tasks(queue_id, [pair()], overlap=2)
    for name, side in (("bea", "A"), ("cy", "tie")):
        client = await new_reviewer(name)
        [lease] = await take(client, 1, queue_id)
        await answer(client, lease["id"], side)
    assert (await query(pool, TASK, task))[0]["state"] == "adjudicating"
    assert (await lead.post(f"/v1/tasks/{task}/end", json=WHY)).json()["answers"] == 2
    assert (await query(pool, TASK, task))[0]["state"] == "done"


async def test_a_lease_that_is_taken_meanwhile_ends_too(
    api: Api, lead: Any, new_queue: Any, add_tasks: Any, pool: Pool
) -> None:
    [task] = await add_tasks(await new_queue(), [pair()])
    async with pool.connection() as conn, conn.transaction():
        await conn.execute("SELECT 1 FROM review_task WHERE id = %s FOR UPDATE", (task,))
        ending = asyncio.create_task(lead.post(f"/v1/tasks/{task}/end", json=WHY))
        while not await query(pool, WAITS):
            await asyncio.sleep(0.01)
        await conn.execute(LEASE, (task,))
    assert (await ending).status_code == 200
    states = await query(pool, "SELECT state, reason FROM assignment")
    assert states == [{"state": "released", "reason": "the task ended"}]


async def test_an_answer_on_its_way_is_not_overtaken(
    api: Api, new_queue: Any, add_tasks: Any, pool: Pool
) -> None:
    [task] = await add_tasks(await new_queue(), [pair()])
    await query(pool, LEASE, task)
    async with pool.connection() as conn, conn.transaction():
        await conn.execute("SELECT 1 FROM assignment FOR UPDATE")
        async with transaction(pool) as other:
            assert not await ending_repository.end_leases(other, task)
    async with transaction(pool) as conn:
        assert await ending_repository.end_leases(conn, task)


@pytest.mark.parametrize(("who", "status"), [("reviewer", 403), ("lab", 403), ("stranger", 404)])
async def test_it_is_a_leads_of_the_tenant(
    who: str, status: int, api: Api, stranger: Any, new_queue: Any, add_tasks: Any
) -> None:
    [task] = await add_tasks(await new_queue(), [pair()])
    client = stranger if who == "stranger" else getattr(api, who)
    assert (await client.post(f"/v1/tasks/{task}/end", json=WHY)).status_code == status


async def test_what_is_over_is_not_ended_and_a_reason_is_wanted(
    lead: Any, new_queue: Any, add_tasks: Any
) -> None:
    [task] = await add_tasks(await new_queue(), [pair()])
    assert (await lead.post(f"/v1/tasks/{task}/end", json={"reason": ""})).status_code == 422
    assert (await lead.post(f"/v1/tasks/{task}/end", json=WHY)).status_code == 200
    again = await lead.post(f"/v1/tasks/{task}/end", json=WHY)
    assert (again.status_code, "cancelled" in again.json()["detail"]) == (409, True)


async def test_a_lead_is_told_of_what_three_people_skip(
    lead: Any, new_queue: Any, new_reviewer: Any, add_tasks: Any
) -> None:
    queue_id = await new_queue()
    await add_tasks(queue_id, [pair()])
    for number, name in enumerate(("bea", "cy", "dan", "eve"), 1):
        client = await new_reviewer(name)
        [lease] = await take(client, 1, queue_id)
        why = {"reason": "broken"}
        assert (await client.post(f"/v1/assignments/{lease['id']}/skip", json=why)).is_success
        flags = (await lead.get("/v1/flags")).json()["data"]
        assert [flag["rule"] for flag in flags] == ["task_skipped"] * (number >= 3)
