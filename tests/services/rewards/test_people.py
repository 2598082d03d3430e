from typing import Any

import pytest
from fixtures_postgres import Api
from reviewing import answer, query, take
from rewarding import Service

from services.database.pool import Pool

UNSURE = {"prompt": "What is 2 + 2?", "completions": ["four, I think"], "reference": "4"}


async def forwarded(service: Service, item: dict[str, Any], judge: str = "answer") -> str:
    """The task that a lone completion of this item becomes."""
    answered = await service.rewards(judge, [item], forward_abstained=True)
    task: str = answered["items"][0]["completions"][0]["task"]
    return task


async def task_of(service: Service, task: str) -> dict[str, Any]:
    response = await service.lab.get(f"/v1/rewards/tasks/{task}")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_what_a_judge_abstains_from_is_answered_by_people(service: Service, api: Api) -> None:
    task = await forwarded(service, UNSURE)
    assert (await task_of(service, task))["state"] == "open"
    (leased,) = await take(api.reviewer)
    assert {leased["item"]["a"][0]["content"], leased["item"]["b"][0]["content"]} == {
        "four, I think",
        "4",
    }
    assert "choose tie" in leased["instructions"]
    assert (await answer(api.reviewer, leased["id"], "tie")).status_code == 200
    found = await task_of(service, task)
    assert (found["state"], found["verdict"], found["about"]) == ("done", "tie", "reference")
    assert found["answers"] == [{"verdict": "tie", "comment": "", "simulated": False}]


async def test_a_verdict_comes_back_in_the_order_of_the_completions(
    new_service: Any, api: Api
) -> None:
    service = await new_service({"review_overlap": 3})
    item = {"completions": ["first text", "second text"], "reference": ""}
    answered = await service.preferences("answer", [item], forward_abstained=True)
    task = answered["items"][0]["comparisons"][0]["task"]
    (leased,) = await take(api.reviewer)
    left_is_first = leased["item"]["a"][0]["content"] == "first text"
    await answer(api.reviewer, leased["id"], "A" if left_is_first else "B")
    found = await task_of(service, task)
    assert (found["about"], found["answers"][0]["verdict"]) == ("completions", "A")
    assert (found["state"], found["verdict"]) == ("open", None)  # two more are to answer


async def test_the_same_question_is_one_task_of_its_tenant(service: Service) -> None:
    first, again = await forwarded(service, UNSURE), await forwarded(service, UNSURE)
    assert first == again
    body = {"judge": "answer", "items": [UNSURE], "forward_abstained": True}
    other = (await service.other_lab.post("/v1/rewards", json=body)).json()
    assert other["items"][0]["completions"][0]["task"] not in (None, first)


async def test_only_what_was_abstained_from_and_only_where_wanted(
    service: Service, pool: Pool
) -> None:
    item = UNSURE | {"completions": ["#### 4", "dunno"]}
    answered = await service.rewards("answer", [item], forward_abstained=True)
    tasks = [reward["task"] for reward in answered["items"][0]["completions"]]
    assert tasks[0] is None
    assert tasks[1] is not None
    await service.rewards("answer", [UNSURE])
    (count,) = await query(pool, "SELECT count(*) AS n FROM review_task")
    assert count["n"] == 1


async def test_what_a_person_cannot_compare_gets_no_task(service: Service) -> None:
    assert await forwarded(service, UNSURE | {"reference": ""}) is None
    assert (
        await forwarded(service, {"completions": ["no program"], "reference": "{}"}, "code") is None
    )


async def test_anothers_task_does_not_exist(service: Service) -> None:
    task = await forwarded(service, UNSURE)
    assert (await service.other_lab.get(f"/v1/rewards/tasks/{task}")).status_code == 404
    assert (await service.lab.get("/v1/rewards/tasks/rvt_1")).status_code == 404


async def test_reviewers_see_how_many_such_tasks_are_open(service: Service, api: Api) -> None:
    await forwarded(service, UNSURE)
    figures = (await api.reviewer.get("/v1/me")).json()
    assert figures["tasks_open"] == 1


async def test_a_text_with_a_nul_can_be_asked_of_people(service: Service, api: Api) -> None:
    assert await forwarded(service, UNSURE | {"completions": ["hm\x00 \U0001f600"]})
    (leased,) = await take(api.reviewer)
    assert "hm\x00 \U0001f600" in (
        leased["item"]["a"][0]["content"],
        leased["item"]["b"][0]["content"],
    )


async def test_a_queue_that_is_full_takes_no_more_of_a_tenant(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await forwarded(service, UNSURE)
    monkeypatch.setattr("services.rewards.people.MAX_OPEN", 1)
    assert await forwarded(service, UNSURE | {"completions": ["five?"]}) is None
    assert await forwarded(service, UNSURE) == first


def service_reviewer(api: Api) -> Any:
    """The reviewer's client of the review service, which is another process than ours."""
    return api.reviewer


async def test_an_adjudicators_word_is_the_verdict_and_until_then_the_task_is_open(
    service: Service, api: Api, pool: Pool
) -> None:
    task = await forwarded(service, UNSURE)
    (leased,) = await take(api.reviewer)
    assert (await answer(api.reviewer, leased["id"], "tie")).status_code == 200
    await query(pool, "UPDATE review_task SET state = 'adjudicating'")
    found = await task_of(service, task)
    assert (found["state"], found["verdict"]) == ("open", None)
    await query(
        pool,
        "INSERT INTO adjudication (task_id, adjudicator, label, answer, cause) "
        "VALUES (%s, 'ada', 'B', '{}', 'slip')",
        task,
    )
    await query(pool, "UPDATE review_task SET state = 'done'")
    found = await task_of(service, task)
    assert (found["state"], found["verdict"]) == ("done", "B")
    assert [given["verdict"] for given in found["answers"]] == ["tie"]


async def test_reviewers_are_told_what_is_asked_of_them(service: Service, pool: Pool) -> None:
    await forwarded(service, UNSURE)
    (guideline,) = await query(pool, "SELECT body, author FROM guideline")
    assert "choose tie" in guideline["body"]
    assert guideline["author"] == "platform"


async def test_what_others_put_into_the_queue_is_not_the_reward_services(
    service: Service, pool: Pool
) -> None:
    await forwarded(service, UNSURE)
    (row,) = await query(
        pool,
        "INSERT INTO review_task (queue_id, item_id, purpose, payload, priority, overlap, "
        "slots_free, answers_needed) SELECT id, 'x', 'asked', '{}', 1, 1, 1, 1 FROM queue "
        "RETURNING id",
    )
    response = await service.lab.get(f"/v1/rewards/tasks/{row['id']}")
    assert response.status_code == 404


async def test_scores_come_though_the_queues_name_is_taken(service: Service, pool: Pool) -> None:
    await query(
        pool,
        "WITH made AS (INSERT INTO queue (tenant_id, name, kind) "
        "VALUES ('acme', 'rewards', 'rating') RETURNING id) INSERT INTO guideline (queue_id, n, "
        "body, rubric, change_note, breaking, sha256, author) "
        "SELECT id, 1, '', '{}', '', false, '', 'lea' FROM made",
    )
    answered = await service.rewards("answer", [UNSURE], forward_abstained=True)
    assert answered["items"][0]["completions"][0]["task"] is None
    assert await query(pool, "SELECT 1 FROM review_task") == []
