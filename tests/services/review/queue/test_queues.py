from collections import Counter
from typing import Any

import pytest
from fixtures_postgres import Api
from items import pair
from reviewing import answer, query, take

from services.database.pool import Pool


async def listed(client: Any) -> dict[str, Any]:
    """The queues that somebody sees, by name."""
    return {each["name"]: each for each in (await client.get("/v1/queues")).json()["data"]}


async def test_a_queue_is_made_with_its_guideline(api: Api, pool: Pool) -> None:
    body = {"name": "herbs", "kind": "rating", "body": "# Read", "pay_minor": 12, "overlap": 2}
    made = await api.operator.post("/v1/queues", json=body)
    assert made.status_code == 201
    assert (made.json()["max_overlap"], made.json()["state"]) == (2, "open")
    [guideline] = await query(pool, "SELECT n, body, author, breaking FROM guideline")
    assert (guideline["n"], guideline["body"], guideline["breaking"]) == (1, "# Read", False)
    [seen] = (await listed(api.reviewer)).values()
    assert (seen["pay_minor"], seen["qualified"], seen["waiting"]) == (12, True, 0)
    assert (await api.operator.post("/v1/queues", json=body)).status_code == 409


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"kind": "guess"}, "/kind"),
        ({"overlap": 0}, "/overlap"),
        ({"name": "nul \x00"}, "/name"),
        ({"gold_every": 1.5}, "/gold_every"),
        ({"rubric": {"steps": 9}}, "/rubric/steps"),
        ({"rubric": {"colour": "red"}}, "/rubric/colour"),
        ({"overlap": 3, "max_overlap": 2}, ""),
        ({"purpose": "training"}, ""),
        ({"grants": "herbs"}, ""),
    ],
)
async def test_terms_that_make_no_queue_are_422(
    api: Api, fields: dict[str, Any], pointer: str
) -> None:
    body = {"name": "herbs", "kind": "pairwise"} | fields
    response = await api.operator.post("/v1/queues", json=body)
    assert response.status_code == 422, response.text
    assert [fault["pointer"] for fault in response.json()["errors"]] == [pointer]


async def test_only_admins_make_and_change_queues_and_only_their_own(
    api: Api, pool: Pool, new_queue: Any
) -> None:
    queue_id = await new_queue()
    body = {"name": "mine", "kind": "pairwise"}
    for client in (api.reviewer, api.lab):
        assert (await client.post("/v1/queues", json=body)).status_code == 403
        assert (await client.patch(f"/v1/queues/{queue_id}", json=body)).status_code == 403
    await query(pool, "INSERT INTO tenant (id) VALUES ('other') ON CONFLICT DO NOTHING")
    await query(pool, "UPDATE queue SET tenant_id = 'other'")
    change = {"state": "closed"}
    assert (await api.operator.patch(f"/v1/queues/{queue_id}", json=change)).status_code == 404
    assert (await api.operator.get("/v1/queues")).json() == {"data": []}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"state": "paused"}, 200),
        ({}, 422),
        ({"adjudicate": None}, 422),
        ({"overlap": 5}, 409),
        ({"kind": "rating"}, 422),
    ],
)
async def test_terms_change_only_to_what_fits(
    api: Api, new_queue: Any, change: dict[str, Any], status: int
) -> None:
    path = f"/v1/queues/{await new_queue()}"
    assert (await api.operator.patch(path, json=change)).status_code == status


@pytest.mark.parametrize("state", ["paused", "closed"])
async def test_a_queue_that_is_not_open_gives_nothing_new_and_takes_every_answer(
    api: Api, new_queue: Any, fill: Any, state: str
) -> None:
    queue_id = await new_queue()
    await fill(queue_id, pair(1), pair(2))
    [held] = await take(api.reviewer, queue_id=queue_id)
    await api.operator.patch(f"/v1/queues/{queue_id}", json={"state": state})
    assert await take(api.reviewer, 2, queue_id=queue_id) == [held]
    assert (await answer(api.reviewer, held["id"])).json()["counted"] is True
    response = await api.reviewer.post(f"/v1/queues/{queue_id}/leases", json={})
    assert (response.status_code, response.headers["Queue-State"]) == (204, state)
    assert await take(api.reviewer) == []


async def test_a_named_queue_gives_its_own_tasks_only(api: Api, new_queue: Any, fill: Any) -> None:
    one, other = await new_queue(), await new_queue()
    await fill(other, pair(1))
    response = await api.reviewer.post(f"/v1/queues/{one}/leases", json={"max": 1})
    assert (response.status_code, response.headers["Queue-State"]) == (204, "drained")
    [lease] = await take(api.reviewer, queue_id=other)
    assert lease["queue"]["id"] == other
    unknown = f"/v1/queues/que_{'0' * 32}/leases"
    assert (await api.reviewer.post(unknown, json={})).status_code == 404


async def test_programs_may_not_enter_where_they_are_not_asked_for(
    new_queue: Any, fill: Any, new_reviewer: Any
) -> None:
    people, programs = await new_queue(), await new_queue(simulated_ok=True)
    await fill(people, pair())
    robot = await new_reviewer("robot", simulated=True)
    assert (await robot.post(f"/v1/queues/{people}/leases", json={})).status_code == 403
    assert [each["id"] for each in (await listed(robot)).values()] == [programs]


async def test_what_is_missing_is_said_where_nobody_trains_it(api: Api, new_queue: Any) -> None:
    queue_id = await new_queue(name="hard", skill="herbs")
    response = await api.reviewer.post(f"/v1/queues/{queue_id}/leases", json={})
    assert "ask a QA lead" in response.json()["detail"]
    assert (await listed(api.reviewer))["hard"]["qualified"] is False


async def test_a_large_queue_starves_no_small_one(
    api: Api, pool: Pool, new_queue: Any, fill: Any
) -> None:
    large, small = await new_queue(weight=1), await new_queue(weight=3)
    await fill(large, *map(pair, range(200)))
    await fill(small, *map(pair, range(60)))
    drawn = Counter[str]()
    for _ in range(60):
        [lease] = await take(api.reviewer)
        drawn[lease["queue"]["id"]] += 1
        await answer(api.reviewer, lease["id"])
    # 3 of 4 draws: within 5 standard deviations of 45.
    assert 28 <= drawn[small] <= 60
    assert drawn[large] > 0


async def test_when_one_queue_is_empty_the_others_fill_up(
    api: Api, new_queue: Any, fill: Any
) -> None:
    for _ in range(3):
        await fill(await new_queue(), pair())
    leases = await take(api.reviewer, 5)
    assert len({lease["queue"]["id"] for lease in leases}) == len(leases) == 3
