"""Gold from items, adjudications and answers, and gold that is doubted."""

from typing import Any

import pytest
from fixtures_postgres import Api
from looking_after import completion, pair, say
from reviewing import query

from services.database.pool import Pool


async def add(client: Any, queue_id: str, **fields: Any) -> Any:
    return await client.post(f"/v1/queues/{queue_id}/gold", json=fields)


async def test_gold_from_an_item_is_listed_with_how_people_fare(
    api: Api, lead: Any, new_queue: Any, new_reviewer: Any, add_tasks: Any, pool: Pool
) -> None:
    queue_id = await new_queue(gold_every=1)
    added = await add(lead, queue_id, item=pair(7), expected={"preference": 1}, why="B is right")
    assert added.status_code == 201, added.text
    task = added.json()["task_id"]
    for name, said in (("bea", "A"), ("cy", "A"), ("di", "A"), ("eve", "A"), ("flo", "B")):
        await say(pool, await new_reviewer(name), {task: said}, queue_id)
    [gold] = (await lead.get(f"/v1/queues/{queue_id}/gold")).json()["data"]
    assert (gold["label"], gold["why"], gold["active"]) == ("B", "B is right", True)
    assert gold["labels"] == {"A": 4, "B": 1}
    assert (gold["correct"]["count"], gold["correct"]["of"]) == (1, 5)
    assert not gold["doubted"]  # 4 failures of 5: the interval of 80 % reaches below a half


async def test_gold_that_most_people_fail_is_doubted(
    lead: Any, new_queue: Any, new_reviewer: Any, pool: Pool
) -> None:
    queue_id = await new_queue(gold_every=1)
    task = (await add(lead, queue_id, item=pair(), expected={"preference": 1})).json()["task_id"]
    for number in range(8):
        await say(pool, await new_reviewer(f"r{number}"), {task: "A"}, queue_id)
    [gold] = (await lead.get(f"/v1/queues/{queue_id}/gold")).json()["data"]
    assert gold["doubted"]


async def test_an_answer_becomes_gold_in_its_canonical_order(
    api: Api, lead: Any, new_queue: Any, add_tasks: Any, pool: Pool
) -> None:
    queue_id = await new_queue()
    [task] = await add_tasks(queue_id, [pair()])
    given = await say(pool, api.reviewer, {task: "B"}, queue_id)
    added = await add(lead, queue_id, assignment_id=given[task])
    assert added.status_code == 201, added.text
    [row] = await query(pool, "SELECT label, expected FROM gold")
    assert row == {"label": "B", "expected": {"preference": 2}}
    again = await add(lead, queue_id, assignment_id=given[task])
    assert (again.status_code, "gold in this queue" in again.json()["detail"]) == (409, True)


async def test_a_task_becomes_gold_once_an_adjudicator_decided_it(
    lead: Any, adjudicator: Any, new_queue: Any, new_reviewer: Any, add_tasks: Any, pool: Pool
) -> None:
    queue_id = await new_queue(overlap=2, agree_share=0.9, adjudicate=True)
    [task] = await add_tasks(queue_id, [pair()], overlap=2)
    undecided = await add(lead, queue_id, task_id=task)
    assert undecided.json()["errors"][0]["pointer"] == "/expected"
    for name, said in (("bea", "A"), ("cy", "B")):
        await say(pool, await new_reviewer(name), {task: said}, queue_id)
    verdict = {"answer": {"preference": 3}, "cause": "slip"}
    await adjudicator.post(f"/v1/tasks/{task}/adjudicate", json=verdict)
    assert (await add(lead, queue_id, task_id=task)).status_code == 201
    assert await query(pool, "SELECT label FROM gold") == [{"label": "B"}]


async def test_retired_gold_is_given_to_nobody(
    lead: Any, new_queue: Any, new_reviewer: Any, pool: Pool
) -> None:
    queue_id = await new_queue(gold_every=1)
    task = (await add(lead, queue_id, item=pair(), expected={"preference": 1})).json()["task_id"]
    path = f"/v1/queues/{queue_id}/gold/{task}"
    assert (await lead.patch(path, json={"active": False})).status_code == 204
    assert await say(pool, await new_reviewer("bea"), {}, queue_id) == {}
    assert (await lead.patch(path, json={"active": True})).status_code == 204
    assert list(await say(pool, await new_reviewer("cy"), {}, queue_id)) == [task]


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"item": {"prompt": []}, "expected": {"preference": 1}}, "/item"),
        ({"item": pair(), "expected": {"preference": 9}}, "/expected/preference"),
        ({"item": pair()}, ""),
        ({}, ""),
        ({"item": pair(), "expected": {"preference": 1}, "task_id": "rvt_" + "0" * 32}, ""),
    ],
)
async def test_what_does_not_fit_is_named(
    lead: Any, new_queue: Any, fields: dict[str, Any], pointer: str
) -> None:
    response = await add(lead, await new_queue(), **fields)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"].startswith(pointer)


async def test_texts_have_no_label_and_are_no_gold(lead: Any, new_queue: Any) -> None:
    queue_id = await new_queue("rewrite")
    response = await add(lead, queue_id, item=completion(), expected={"text": "another answer"})
    assert (response.status_code, "no label" in response.json()["detail"]) == (409, True)


async def test_strangers_and_reviewers_see_no_gold(api: Api, stranger: Any, new_queue: Any) -> None:
    path = f"/v1/queues/{await new_queue()}/gold"
    assert (await api.reviewer.get(path)).status_code == 403
    assert (await stranger.get(path)).status_code == 404
