"""Disagreement goes to one who sees all answers and no names; the decision closes the task."""

from typing import Any

import pytest
from fixtures_postgres import Api
from looking_after import broken_promises, pair, say
from people import add_person, log_in
from reviewing import query

from services.database.pool import Pool, transaction
from services.review import tasks as pipeline

TERMS = {"overlap": 2, "agree_share": 0.9, "adjudicate": True}


@pytest.fixture
async def disagreement(
    new_queue: Any, new_reviewer: Any, add_tasks: Any, pool: Pool
) -> tuple[str, str]:
    """A queue, and its task that one calls A and another B."""
    queue_id = await new_queue(**TERMS)
    [task] = await add_tasks(queue_id, [pair()], overlap=2)
    for name, said in (("bea", "A"), ("cy", "B")):
        reviewer = await new_reviewer(name)
        await say(pool, reviewer, {task: said}, queue_id, comment=f"because {said}")
    return queue_id, task


def verdict(**fields: Any) -> dict[str, Any]:
    return {
        "answer": {"preference": 2},
        "cause": "ambiguous",
        "note": "both readings hold",
    } | fields


async def test_answers_stand_side_by_side_without_names(
    adjudicator: Any, lead: Any, disagreement: tuple[str, str]
) -> None:
    queue_id, task = disagreement
    [waiting] = (await adjudicator.get(f"/v1/queues/{queue_id}/adjudications")).json()["data"]
    assert (waiting["task_id"], waiting["labels"]) == (task, {"A": 1, "B": 1})
    blind = await adjudicator.get(f"/v1/tasks/{task}")
    view = blind.json()
    assert [(each["number"], each["label"], each["comment"]) for each in view["answers"]] == [
        (1, "A", "because A"),
        (2, "B", "because B"),
    ]
    assert view["answers"][0]["answer"] == {"preference": -2}
    assert view["votes"] == {"A": 0.5, "B": 0.5}
    assert view["item"]["a"][0]["content"] == "canonical A of 0"
    assert not {"bea", "cy"} & {each["reviewer"] for each in view["answers"]}
    named = (await lead.get(f"/v1/tasks/{task}")).json()
    assert [each["reviewer"] for each in named["answers"]] == ["bea", "cy"]


async def test_a_decision_closes_the_task_and_tells_why(
    adjudicator: Any, disagreement: tuple[str, str], pool: Pool
) -> None:
    queue_id, task = disagreement
    decided = await adjudicator.post(f"/v1/tasks/{task}/adjudicate", json=verdict())
    assert decided.status_code == 201, decided.text
    assert (decided.json()["label"], decided.json()["adjudicator"]) == ("B", "p-judy")
    view = (await adjudicator.get(f"/v1/tasks/{task}")).json()
    assert (view["state"], view["decision"]["cause"]) == ("done", "ambiguous")
    assert (await adjudicator.get(f"/v1/queues/{queue_id}/adjudications")).json()["data"] == []
    again = await adjudicator.post(f"/v1/tasks/{task}/adjudicate", json=verdict())
    assert (again.status_code, "is done" in again.json()["detail"]) == (409, True)
    assert await broken_promises(pool) == []
    trail = await query(pool, "SELECT actor FROM audit_event WHERE action = 'task.adjudicated'")
    assert trail == [{"actor": "p-judy"}]


async def test_the_last_decision_of_a_batch_publishes_its_event_once(
    api: Api, adjudicator: Any, new_batch: Any, new_reviewer: Any, tasks: Any, pool: Pool
) -> None:
    batch = await new_batch(tasks(2, overlap=2), max_overlap=2, agree_share=0.9, adjudicate=True)
    [queue] = await query(pool, "SELECT DISTINCT queue_id FROM review_task")
    ids = [row["id"] for row in await query(pool, "SELECT id FROM review_task ORDER BY id")]
    for name, said in (("bea", "A"), ("cy", "B")):
        reviewer = await new_reviewer(name)
        await say(pool, reviewer, dict.fromkeys(ids, said), queue["queue_id"])
    topics = "SELECT topic FROM outbox WHERE key = %s AND topic LIKE 'batch.re%%'"
    await adjudicator.post(f"/v1/tasks/{ids[0]}/adjudicate", json=verdict())
    assert await query(pool, topics, batch) == []
    await adjudicator.post(f"/v1/tasks/{ids[1]}/adjudicate", json=verdict())
    assert await query(pool, topics, batch) == [{"topic": "batch.reviewed"}]
    async with transaction(pool) as conn:
        assert {a.verdict for a in await pipeline.answers(conn, batch) if a.adjudicated} == {"B"}


async def test_nobody_decides_what_they_answered(
    api: Api, new_queue: Any, new_reviewer: Any, add_tasks: Any, pool: Pool
) -> None:
    queue_id = await new_queue(**TERMS)
    [task] = await add_tasks(queue_id, [pair()], overlap=2)
    await add_person(pool, "max", "reviewer", "adjudicator", pseudonym="p-max")
    async with log_in(api, "max") as both:
        await say(pool, both, {task: "A"}, queue_id)
        await say(pool, await new_reviewer("bea"), {task: "B"}, queue_id)
        refused = await both.post(f"/v1/tasks/{task}/adjudicate", json=verdict())
    assert (refused.status_code, "yourself" in refused.json()["detail"]) == (409, True)


async def test_a_decision_has_to_fit_the_rubric(
    adjudicator: Any, disagreement: tuple[str, str]
) -> None:
    path = f"/v1/tasks/{disagreement[1]}/adjudicate"
    wrong = await adjudicator.post(path, json=verdict(answer={"preference": 7}))
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["pointer"] == "/answer/preference"
    assert (await adjudicator.post(path, json=verdict(cause="whim"))).status_code == 422


async def test_only_adjudicators_decide(
    api: Api, lead: Any, stranger: Any, disagreement: tuple[str, str]
) -> None:
    queue_id, task = disagreement
    for client, status in ((lead, 403), (api.reviewer, 403)):
        response = await client.post(f"/v1/tasks/{task}/adjudicate", json=verdict())
        assert response.status_code == status
    assert (await stranger.get(f"/v1/tasks/{task}")).status_code == 404
    assert (await stranger.get(f"/v1/queues/{queue_id}/adjudications")).status_code == 404
