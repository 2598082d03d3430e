"""Simulated reviewers over the real API, alone and as a team."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from carrying import LAB
from fixtures_postgres import Api, client_for
from reviewing import query

from ingot.client import Client
from ingot.errors import IngotError
from ingot.orders import BatchState, OrderSpec, SimulatedHabits, parse_order
from ingot.records import Message
from services.accounts.keys import create_key
from services.database.pool import Pool, transaction
from services.ordering import repository
from services.ordering.batches import transition
from services.review.tasks import NewTask, create_tasks
from services.simulation import SimulatedReviewer, answer_as_team, truth_of
from services.simulation.team import team_of

TEAM = [
    {"accuracy": 1.0, "seconds": 5},
    {"accuracy": 0.8, "seconds": 30, "spread": 0.4},
    {"accuracy": 0.1, "left_bias": 0.5, "tie_aversion": 0.5},
]
COUNTED = "SELECT reviewer, label, simulated, active_ms, presented, item_id FROM counted_answer c "
COUNTED += "JOIN review_task t ON t.id = c.task_id ORDER BY 1, item_id"


def spec(**review: Any) -> OrderSpec:
    terms = {"reviewers": "simulated", **review}
    source = {"recipe": "write_instructions"}
    return parse_order({"name": "n", "quantity": 1, "source": source, "review": terms})


def sums(count: int, overlap: int = 1) -> list[NewTask]:
    def turn(text: str, role: Any = "assistant") -> tuple[Message, ...]:
        return (Message(role=role, content=text),)

    return [
        NewTask(
            f"par_{n:03}",
            "unsure",
            turn(f"What is {n} + 30?", "user"),
            turn(f"The answer is {n + 30}."),
            turn(f"The answer is {n + 31}."),
            overlap=overlap,
        )
        for n in range(11, 11 + count)
    ]


@pytest.fixture
def ask(pool: Pool) -> Callable[..., Any]:
    """Ask for answers to sums."""

    async def make(wanted: OrderSpec, count: int) -> str:
        content = wanted.model_dump(mode="json")
        async with transaction(pool) as conn:
            order_id = await repository.add_order(conn, LAB.tenant_id, content, "x")
            batch_id = (await repository.add_batch(conn, order_id, 1))["id"]
            for state in (BatchState.GENERATING, BatchState.JUDGING, BatchState.IN_REVIEW):
                await transition(conn, batch_id, state, actor="test")
            await create_tasks(conn, batch_id, sums(count, wanted.review.overlap))
        return batch_id

    return make


async def keys(pool: Pool, count: int) -> list[str]:
    async with transaction(pool) as conn:
        return [
            await create_key(conn, "reviewer", LAB.tenant_id, f"sim-{n}", simulated=True)
            for n in range(1, count + 1)
        ]


def reviewer(api: Api, key: str, **habits: Any) -> SimulatedReviewer:
    client = Client(api.url, key)
    return SimulatedReviewer(client, truth_of(spec()), SimulatedHabits(**habits), seed=1)


async def test_every_answer_is_marked_and_its_time_is_kept(
    api: Api, pool: Pool, ask: Callable[..., Any]
) -> None:
    await ask(spec(), 7)
    (key,) = await keys(pool, 1)
    one = reviewer(api, key, accuracy=1, seconds=12)
    assert await asyncio.to_thread(one.answer_all) == 7
    said = await query(pool, COUNTED)
    assert {(row["label"], row["simulated"], row["active_ms"]) for row in said} == {
        ("A", True, 12_000)
    }
    assert {row["presented"] % 2 for row in said} == {0, 1}


async def test_a_rerun_answers_alike_whatever_stands_left(
    api: Api, pool: Pool, ask: Callable[..., Any]
) -> None:
    await ask(spec(overlap=2), 30)
    said: list[list[str]] = []
    for key in await keys(pool, 2):
        await asyncio.to_thread(reviewer(api, key, accuracy=0.6).answer_all)
    rows = await query(pool, COUNTED)
    said = [[r["label"] for r in rows if r["reviewer"] == name] for name in ("sim-1", "sim-2")]
    assert said[0] == said[1]
    assert set(said[0]) == {"A", "B", "tie"}


async def test_programs_get_nothing_where_people_are_wanted(
    api: Api, pool: Pool, ask: Callable[..., Any]
) -> None:
    await ask(spec(reviewers="people"), 2)
    (key,) = await keys(pool, 1)
    assert await asyncio.to_thread(reviewer(api, key).answer_all) == 0
    (queue,) = await query(pool, "SELECT id FROM queue")
    async with client_for(api.url, key) as client:
        refused = await client.post(f"/v1/queues/{queue['id']}/leases", json={"max": 1})
    assert refused.status_code == 403
    assert "programs may not answer" in refused.json()["detail"]


async def test_what_is_given_back_is_left_to_others(
    api: Api, pool: Pool, ask: Callable[..., Any]
) -> None:
    await ask(spec(), 40)
    first, second = await keys(pool, 2)
    answered = await asyncio.to_thread(reviewer(api, first, drops=0.3).answer_all)
    (row,) = await query(pool, "SELECT count(*) AS n FROM assignment WHERE state = 'released'")
    assert row["n"] == 40 - answered
    assert 2 <= row["n"] <= 25
    assert await asyncio.to_thread(reviewer(api, second).answer_all) == row["n"]


async def test_work_of_another_kind_is_left_to_others(
    api: Api, pool: Pool, ask: Callable[..., Any]
) -> None:
    await ask(spec(), 1)
    await query(pool, "UPDATE queue SET kind = 'rating'")
    content = '{"prompt": [], "completion": []}'
    await query(pool, "UPDATE review_task SET payload = %s::json", content)
    (key,) = await keys(pool, 1)
    assert await asyncio.to_thread(reviewer(api, key).answer_all) == 0
    (row,) = await query(pool, "SELECT state, reason FROM assignment")
    assert (row["state"], row["reason"]) == ("skipped", "expertise")


async def test_pauses_are_really_waited_and_end_when_told(
    api: Api, pool: Pool, ask: Callable[..., Any]
) -> None:
    await ask(spec(), 3)
    (key,) = await keys(pool, 1)
    slow = reviewer(api, key, seconds=3600, real_time=True, idle_seconds=3600)
    at_work = asyncio.create_task(asyncio.to_thread(slow.answer_all))
    while not await query(pool, "SELECT 1 FROM assignment"):
        await asyncio.sleep(0.01)
    assert await query(pool, "SELECT 1 FROM response") == []
    slow.stop.set()
    assert await at_work == 3


async def test_a_team_works_side_by_side_each_by_its_own_habits(
    api: Api, pool: Pool, ask: Callable[..., Any]
) -> None:
    wanted = spec(overlap=3, simulated_team=TEAM)
    await ask(wanted, 60)
    answered = await asyncio.to_thread(answer_as_team, api.url, await keys(pool, 3), wanted)
    assert answered == 180
    rows = await query(pool, COUNTED)
    right = {
        name: sum(r["label"] == "A" for r in rows if r["reviewer"] == name) / 60
        for name in ("sim-1", "sim-2", "sim-3")
    }
    assert right["sim-1"] == 1 > right["sim-2"] > right["sim-3"]
    assert {r["active_ms"] for r in rows if r["reviewer"] == "sim-1"} == {5000}
    assert len({r["active_ms"] for r in rows if r["reviewer"] == "sim-2"}) > 50


def test_without_a_team_there_are_as_many_as_a_task_may_need() -> None:
    assert len(team_of(spec(overlap=2, max_overlap=4))) == 4
    assert team_of(spec(simulated_accuracy=0.5)) == (SimulatedHabits(accuracy=0.5),)
    assert [habits.accuracy for habits in team_of(spec(simulated_team=TEAM))] == [1.0, 0.8, 0.1]


async def test_one_members_failure_ends_the_teams_work(
    api: Api, pool: Pool, ask: Callable[..., Any]
) -> None:
    wanted = spec(simulated_team=[{"idle_seconds": 3600}, {}])
    await ask(wanted, 2)
    (key,) = await keys(pool, 1)
    with pytest.raises(IngotError, match="401"):
        await asyncio.to_thread(answer_as_team, api.url, [key, "wrong"], wanted)
