"""What the pipeline puts into the queue, and what it reads back."""

from collections.abc import Awaitable, Callable
from math import log
from typing import Any

import pytest
from peopling import Past
from reviewing import query

from ingot.errors import ReviewError
from services.database.pool import Pool, transaction
from services.review.tasks import NewTask, answers, create_tasks

Tasks = Callable[..., list[NewTask]]
NewBatch = Callable[..., Awaitable[str]]
TERMS = {
    "overlap": 2,
    "max_overlap": 4,
    "agree_share": 0.75,
    "adjudicate": True,
    "gold_every": 12,
    "skill": "maths",
    "pay_minor": 35,
    "currency": "CHF",
    "weight": 0.5,
}


async def queue_of(pool: Pool, batch_id: str) -> dict[str, Any]:
    (row,) = await query(
        pool,
        "SELECT q.*, g.body, g.sha256 FROM queue q JOIN batch b ON b.order_id = q.order_id "
        "JOIN guideline g ON g.queue_id = q.id AND g.n = q.guideline_n WHERE b.id = %s",
        batch_id,
    )
    return row


async def test_the_first_tasks_make_the_queue_of_their_order(
    tasks: Tasks, new_batch: NewBatch, pool: Pool
) -> None:
    batch_id = await new_batch(tasks(1, instructions="Look closely."), **TERMS)
    queue = await queue_of(pool, batch_id)
    assert {name: queue[name] for name in TERMS} == TERMS
    assert (queue["tenant_id"], queue["name"], queue["kind"]) == ("acme", "order", "pairwise")
    assert (queue["simulated_ok"], queue["body"]) == (False, "Look closely.")
    assert len(queue["sha256"]) == 64


async def test_an_order_that_says_nothing_of_people_gets_the_plainest_queue(
    tasks: Tasks, new_batch: NewBatch, pool: Pool
) -> None:
    queue = await queue_of(pool, await new_batch(tasks(1), reviewers="simulated", overlap=3))
    assert (queue["overlap"], queue["max_overlap"], queue["agree_share"]) == (3, 3, 0)
    assert (queue["adjudicate"], queue["gold_every"], queue["skill"]) == (False, 0, "")
    assert (queue["pay_minor"], queue["weight"], queue["simulated_ok"]) == (0, 1, True)


async def test_the_orders_own_guideline_is_the_first_version(
    tasks: Tasks, new_batch: NewBatch, pool: Pool
) -> None:
    batch_id = await new_batch(tasks(1, instructions="Look closely."), guideline="# How we judge")
    assert (await queue_of(pool, batch_id))["body"] == "# How we judge"


async def test_later_tasks_follow_the_guideline_of_their_day(
    tasks: Tasks, new_batch: NewBatch, pool: Pool
) -> None:
    batch_id = await new_batch(tasks(1))
    async with transaction(pool) as conn:
        queue = (await queue_of(pool, batch_id))["id"]
        await Past(conn).guideline(queue, 2, "Look twice.")
        await create_tasks(conn, batch_id, tasks(3))
    versions = await query(pool, "SELECT guideline_n AS n FROM review_task ORDER BY item_id")
    assert [row["n"] for row in versions] == [1, 2, 2]


async def test_tasks_may_grow_as_far_as_their_queue(
    tasks: Tasks, new_batch: NewBatch, pool: Pool
) -> None:
    await new_batch(tasks(1, overlap=2), overlap=2, max_overlap=4)
    rows = await query(pool, "SELECT overlap, max_overlap, slots_free FROM review_task")
    assert rows == [{"overlap": 2, "max_overlap": 4, "slots_free": 2}]


async def test_a_day_of_waiting_weighs_as_much_as_e_times_the_priority(
    tasks: Tasks, new_batch: NewBatch, pool: Pool
) -> None:
    (low,), (_, high) = tasks(1, priority=0.1), tasks(2, priority=0.4)
    batch_id = await new_batch([low, high])
    rows = await query(pool, "SELECT urgency FROM review_task ORDER BY priority")
    assert rows[1]["urgency"] - rows[0]["urgency"] == pytest.approx(log(4))
    async with transaction(pool) as conn:
        days = "(extract(epoch FROM created_at - timestamptz '2000-01-01Z') / 86400)::float8"
        (row,) = await query(
            pool, f"SELECT urgency + {days} AS u FROM review_task WHERE priority > 0.2"
        )
        assert await create_tasks(conn, batch_id, []) == 2
    assert row["u"] == pytest.approx(log(0.4))


async def test_an_adjudication_comes_with_the_answers_and_is_marked(
    tasks: Tasks, new_batch: NewBatch, pool: Pool
) -> None:
    batch_id = await new_batch(tasks(2))
    first, other = (
        row["id"] for row in await query(pool, "SELECT id FROM review_task ORDER BY item_id")
    )
    async with transaction(pool) as conn:
        past = Past(conn)
        for name in ("ada", "bob", "zoe"):
            await past.reviewer(name)
        await past.answer(first, "ada", "A", guideline_n=1)
        await past.answer(first, "bob", "B")
        await past.answer(other, "bob", "tie", state="surplus")
        await past.add(
            "adjudication",
            "task_id",
            task_id=first,
            adjudicator="zoe",
            label="B",
            answer={"preference": 1},
            cause="slip",
            note="A is wrong",
        )
    async with transaction(pool) as conn:
        given = await answers(conn, batch_id, "unsure")
        assert await answers(conn, batch_id, "audit") == []
    said = [(a.item_id, a.verdict, a.reviewer, a.comment, a.adjudicated) for a in given]
    assert sorted(said) == [
        ("par_0", "A", "ada", "", False),
        ("par_0", "B", "bob", "", False),
        ("par_0", "B", "zoe", "A is wrong", True),
    ]
    assert {a.guideline_n for a in given} == {1}


async def test_a_batch_that_is_not_there_is_named(pool: Pool) -> None:
    async with transaction(pool) as conn:
        with pytest.raises(ReviewError, match="no batch 'bat_x' to review"):
            await create_tasks(conn, "bat_x", [])
