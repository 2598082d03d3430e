"""Which audited items the promise is tested on, and what people said of them."""

from typing import Any

import pytest
from peopling import Past

from ingot.orders import parse_order
from services.accounts.repository import add_tenant
from services.database.pool import Connection, Pool, transaction
from services.ordering import repository as orders
from services.pipeline.audit_repository import audited, begin_calibration, trust
from services.review.tasks import NewTask, create_tasks

SPEC = {"name": "x", "quantity": 10, "source": {"recipe": "write_instructions"}}


@pytest.fixture
async def order_id(pool: Pool) -> str:
    """An order with a batch of which three items are audited."""
    async with transaction(pool) as conn:
        await add_tenant(conn, "acme")
        spec = parse_order(SPEC).model_dump(mode="json")
        order_id = await orders.add_order(conn, "acme", spec, "x")
        batch_id = (await orders.add_batch(conn, order_id, 1))["id"]
        await begin_calibration(conn, batch_id)
        items = ["par_1", "par_2", "par_3"]
        said = {"item_id": items, "verdict": ["A"] * 3, "probability": [0.9] * 3}
        await trust(conn, batch_id, 3, said)
        await create_tasks(conn, batch_id, [NewTask(i, "audit", (), (), ()) for i in items])
        for name in ("ada", "bob", "zoe"):
            await Past(conn).reviewer(name)
    return order_id


async def answer(conn: Connection, item: str, then: str, *labels: str, **fields: Any) -> str:
    """Give a task these labels, and put it into this state."""
    past = Past(conn)
    task = str(await past.one("SELECT id FROM review_task WHERE item_id = %s", item))
    for name, label in zip(("ada", "bob"), labels, strict=False):
        await past.answer(task, name, label, **fields)
    sql = "UPDATE review_task SET state = %s, answers_needed = 0, slots_free = 0 WHERE id = %s"
    await past.one(sql, then, task)
    return task


async def adjudicate(conn: Connection, task: str, label: str) -> None:
    fields = {"adjudicator": "zoe", "label": label, "answer": {}, "cause": "slip"}
    await Past(conn).add("adjudication", "task_id", task_id=task, **fields)


async def votes(pool: Pool, order_id: str) -> list[tuple[str, list[str]]]:
    async with transaction(pool) as conn:
        return [(row["item_id"], row["votes"]) for row in await audited(conn, order_id, 0)]


async def test_only_items_with_all_their_answers_count_in_the_order_of_the_last_ones(
    pool: Pool, order_id: str
) -> None:
    async with transaction(pool) as conn:
        await answer(conn, "par_2", "done", "A", "B", days_ago=1)
        await answer(conn, "par_1", "done", "A")
        await answer(conn, "par_3", "adjudicating", "A", "B")
    assert await votes(pool, order_id) == [("par_2", ["A", "B"]), ("par_1", ["A"])]


async def test_an_adjudicators_word_takes_the_place_of_all_votes_when_it_comes(
    pool: Pool, order_id: str
) -> None:
    async with transaction(pool) as conn:
        await adjudicate(conn, await answer(conn, "par_1", "done", "A", "B", days_ago=2), "B")
        await answer(conn, "par_2", "done", "A", days_ago=1)
        await adjudicate(conn, await answer(conn, "par_3", "done", "A", state="voided"), "A")
    assert await votes(pool, order_id) == [
        ("par_2", ["A"]),
        ("par_1", ["B"]),
        ("par_3", ["A"]),
    ]
