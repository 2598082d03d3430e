"""An answer stops to count when two persons say so; where people still work, another is asked."""

from typing import Any

import pytest
from fixtures_postgres import Api
from looking_after import broken_promises, pair, say
from reviewing import answer, query, take

from services.database.pool import Pool

TASK = "SELECT state, overlap, slots_free, answers_needed FROM review_task WHERE id = %s"


async def void(lead: Any, second: Any, assignment: str) -> Any:
    asked = await lead.post(f"/v1/assignments/{assignment}/void", json={"reason": "copied"})
    assert asked.status_code == 201, asked.text
    return await second.post(f"/v1/assignments/{assignment}/void/confirm", json={"confirm": True})


async def batch_with_answers(new_batch: Any, tasks: Any, pool: Pool, client: Any, n: int) -> Any:
    """A batch of so many tasks of which the reviewer answered the first."""
    batch = await new_batch(tasks(n))
    rows = await query(pool, "SELECT id, queue_id FROM review_task ORDER BY id")
    if n > 1:
        await query(pool, "UPDATE review_task SET urgency = 99 WHERE id = %s", rows[0]["id"])
        [lease] = await take(client, 1)
        await answer(client, lease["id"])
        return batch, rows[0]["id"], lease["id"]
    given = await say(pool, client, {}, rows[0]["queue_id"])
    return batch, rows[0]["id"], given[rows[0]["id"]]


async def test_it_takes_two_persons(
    api: Api, lead: Any, second_lead: Any, new_queue: Any, add_tasks: Any, pool: Pool
) -> None:
    queue_id = await new_queue()
    [task] = await add_tasks(queue_id, [pair()])
    given = (await say(pool, api.reviewer, {}, queue_id))[task]
    path = f"/v1/assignments/{given}/void"
    assert (await lead.post(path, json={"reason": "copied"})).json()["decided_by"] == ""
    alone = await lead.post(f"{path}/confirm", json={"confirm": True})
    assert (alone.status_code, "second person" in alone.json()["detail"]) == (409, True)
    [waiting] = (await second_lead.get("/v1/voids")).json()["data"]
    assert (waiting["assignment_id"], waiting["reviewer"]) == (given, "ada")
    confirmed = await second_lead.post(f"{path}/confirm", json={"confirm": True})
    assert confirmed.json()["confirmed"] is True
    assert (await lead.get("/v1/voids")).json()["data"] == []
    assert await query(pool, "SELECT state, reason FROM assignment") == [
        {"state": "voided", "reason": "copied"}
    ]
    assert (await second_lead.post(f"{path}/confirm", json={"confirm": True})).status_code == 409
    assert (await lead.post(path, json={"reason": "again"})).status_code == 409


async def test_a_declined_void_changes_nothing(
    api: Api, lead: Any, second_lead: Any, new_queue: Any, add_tasks: Any, pool: Pool
) -> None:
    queue_id = await new_queue()
    [task] = await add_tasks(queue_id, [pair()])
    given = (await say(pool, api.reviewer, {}, queue_id))[task]
    path = f"/v1/assignments/{given}/void"
    await lead.post(path, json={"reason": "copied"})
    declined = await second_lead.post(f"{path}/confirm", json={"confirm": False})
    assert declined.json()["confirmed"] is False
    assert await query(pool, "SELECT state FROM assignment") == [{"state": "submitted"}]


async def test_the_task_is_asked_of_somebody_else_and_the_answer_stays_paid(
    api: Api, lead: Any, second_lead: Any, new_queue: Any, new_reviewer: Any, add_tasks: Any,
    pool: Pool,
) -> None:  # fmt: skip
    queue_id = await new_queue(pay_minor=10)
    [task] = await add_tasks(queue_id, [pair()])
    given = (await say(pool, api.reviewer, {}, queue_id))[task]
    assert (await void(lead, second_lead, given)).status_code == 200
    assert await query(pool, TASK, task) == [
        {"state": "open", "overlap": 1, "slots_free": 1, "answers_needed": 1}
    ]
    assert await say(pool, api.reviewer, {}, queue_id) == {}
    assert task in await say(pool, await new_reviewer("bea"), {}, queue_id)
    assert await broken_promises(pool) == []
    paid = await query(pool, "SELECT reviewer, amount_minor FROM work_ledger ORDER BY reviewer")
    assert [tuple(row.values()) for row in paid] == [("ada", 10), ("bea", 10)]


@pytest.mark.parametrize(("size", "still_open", "state"), [(3, 3, "open"), (1, 0, "cancelled")])
async def test_a_batch_waits_for_one_task_more_unless_it_has_gone_on(
    size: int,
    still_open: int,
    state: str,
    api: Api,
    lead: Any,
    second_lead: Any,
    new_batch: Any,
    tasks: Any,
    pool: Pool,
) -> None:
    batch, task, given = await batch_with_answers(new_batch, tasks, pool, api.reviewer, size)
    assert (await void(lead, second_lead, given)).status_code == 200
    assert await query(pool, "SELECT tasks_open FROM batch WHERE id = %s", batch) == [
        {"tasks_open": still_open}
    ]
    assert (await query(pool, TASK, task))[0]["state"] == state
    assert await broken_promises(pool) == []


async def test_of_several_answers_the_others_stay(
    lead: Any, second_lead: Any, new_batch: Any, new_reviewer: Any, tasks: Any, pool: Pool
) -> None:
    await new_batch(tasks(1, overlap=2))
    [row] = await query(pool, "SELECT id, queue_id FROM review_task")
    for name in ("bea", "cy"):
        given = await say(pool, await new_reviewer(name), {}, row["queue_id"])
    assert (await void(lead, second_lead, given[row["id"]])).status_code == 200
    assert await query(pool, TASK, row["id"]) == [
        {"state": "done", "overlap": 1, "slots_free": 0, "answers_needed": 0}
    ]
    assert await broken_promises(pool) == []


async def test_a_decision_stands_without_the_answers_it_was_made_on(
    lead: Any, second_lead: Any, adjudicator: Any, new_queue: Any, new_reviewer: Any,
    add_tasks: Any, pool: Pool,
) -> None:  # fmt: skip
    queue_id = await new_queue(overlap=2, agree_share=0.9, adjudicate=True)
    [task] = await add_tasks(queue_id, [pair()], overlap=2)
    given = [
        (await say(pool, await new_reviewer(name), {task: said}, queue_id))[task]
        for name, said in (("bea", "A"), ("cy", "B"))
    ]
    verdict = {"answer": {"preference": 1}, "cause": "slip"}
    await adjudicator.post(f"/v1/tasks/{task}/adjudicate", json=verdict)
    assert (await void(lead, second_lead, given[0])).status_code == 200
    assert (await query(pool, TASK, task))[0]["state"] == "done"
    last = await void(lead, second_lead, given[1])
    assert (last.status_code, "decision stands" in last.json()["detail"]) == (409, True)
    assert await broken_promises(pool) == []


@pytest.mark.parametrize("state", ["leased", "released"])
async def test_only_answers_are_voided(
    api: Api, lead: Any, new_queue: Any, add_tasks: Any, pool: Pool, state: str
) -> None:
    queue_id = await new_queue()
    await add_tasks(queue_id, [pair()])
    [lease] = await take(api.reviewer, 1, queue_id)
    if state == "released":
        await api.reviewer.post(f"/v1/assignments/{lease['id']}/release")
    response = await lead.post(f"/v1/assignments/{lease['id']}/void", json={"reason": "x"})
    assert (response.status_code, state in response.json()["detail"]) == (409, True)


async def test_strangers_and_reviewers_void_nothing(
    api: Api, stranger: Any, new_queue: Any, add_tasks: Any, pool: Pool
) -> None:
    queue_id = await new_queue()
    [task] = await add_tasks(queue_id, [pair()])
    given = (await say(pool, api.reviewer, {}, queue_id))[task]
    path = f"/v1/assignments/{given}/void"
    assert (await stranger.post(path, json={"reason": "x"})).status_code == 404
    assert (await api.reviewer.post(path, json={"reason": "x"})).status_code == 403
    assert (await stranger.get("/v1/voids")).json()["data"] == []
