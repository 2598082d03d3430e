"""Carrying a batch along the line in the test's process: the outbox, and people who answer."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import orjson

from ingot.orders import BatchState, parse_order
from services.accounts.keys import Principal, create_key, find_principal
from services.database import outbox
from services.database.pool import Connection, connect, transaction
from services.ordering import batches
from services.ordering.batches import Batch
from services.ordering.schemas import OrderView
from services.ordering.service import place_order
from services.pipeline import worker
from services.pipeline.house import House, current
from services.review.queue import claims
from services.review.queue.answers import answer
from services.review.queue.schemas import AnswerIn
from services.review.queue.showing import shown
from services.simulation import Truth, truth_of

LAB = Principal("lab", "acme", "", False, "test")
Decide = Callable[[dict[str, Any]], str]
"""A task as a person sees it -> 'A', 'B' or 'tie'."""


def order(**fields: Any) -> dict[str, Any]:
    """A small order on the transformers engine; fields replace whole parts of it."""
    usual = {
        "name": "small",
        "quantity": 8,
        "source": {"recipe": "write_instructions", "families": ["add", "subtract"]},
        "generation": {
            "engine": "transformers",
            "completions_per_instruction": 2,
            "sampling": {"max_tokens": 48},
        },
        "judge": {"engine": "transformers"},
        "guarantee": {"calibration_items": 4},
        "review": {"reviewers": "simulated", "simulated_accuracy": 1.0},
    }
    return {**usual, **fields}


def sums(count: int) -> list[dict[str, Any]]:
    """Rows of a lab: sums, each with a right and a wrong answer, and which is which."""
    return [
        {
            "prompt": f"What is {n} + {7 * n + 5}?",
            "reference": str(8 * n + 5),
            "completions": [f"The answer is {8 * n + 5}.", f"The answer is {8 * n + 6}."],
            "right": True,
            "wrong": False,
        }
        for n in range(11, 11 + count)
    ]


def brought(house: House, rows: list[dict[str, Any]], **fields: Any) -> dict[str, Any]:
    """An order over rows that the lab brings with their completions."""
    path = house.settings.home / "rows.jsonl"
    path.write_bytes(b"\n".join(orjson.dumps(row) for row in rows))
    columns = {"correct": ["right", "wrong"]}
    source = {"recipe": "completions", "path": str(path), "columns": columns}
    return order(**{"source": source, "quantity": max(len(rows), 1), **fields})


async def place(house: House, spec: dict[str, Any]) -> str:
    """Place an order as the API does, and give its batch's id."""
    async with transaction(house.pool) as conn:
        await create_key(conn, "lab", LAB.tenant_id)
        placed = await place_order(conn, LAB, parse_order(spec))
    assert isinstance(placed.body, OrderView)
    return placed.body.batches[0].id


async def read(house: House, batch_id: str) -> Batch:
    """The batch as it is now."""
    async with transaction(house.pool) as conn:
        return await batches.get_batch(conn, batch_id)


async def drain(house: House) -> int:
    """Handle the events that are due, as a worker does; gives their number."""
    current.set(house)
    handled = 0
    async with await connect(house.settings.database_url.get_secret_value()) as conn:
        while (event := await outbox.claim(conn)) is not None:
            await worker.handle(house, conn, event)
            handled += 1
    return handled


async def answer_one(house: House, decide: Decide) -> bool:
    """Answer the next open task in a transaction of its own; False where there is none."""
    reviewer = await _reviewer(house)
    async with transaction(house.pool) as conn:
        rows = (await claims.claim(conn, reviewer, 1)).rows
        for row in rows:
            await _answer(conn, reviewer, shown(row), decide)
    return bool(rows)


async def answer_open(house: House, decide: Decide, name: str = "sim") -> int:
    """Answer all open tasks as one simulated reviewer; gives their number."""
    reviewer = await _reviewer(house, name)
    answered = 0
    async with transaction(house.pool) as conn:
        while rows := (await claims.claim(conn, reviewer, 5)).rows:
            for row in rows:
                await _answer(conn, reviewer, shown(row), decide)
            answered += len(rows)
    return answered


async def _reviewer(house: House, name: str = "sim") -> Principal:
    async with transaction(house.pool) as conn:
        key = await create_key(conn, "reviewer", "acme", name, simulated=True)
        reviewer = await find_principal(conn, key)
    assert reviewer is not None
    return reviewer


async def _answer(
    conn: Connection, reviewer: Principal, task: dict[str, Any], decide: Decide
) -> None:
    preference = {"A": -2, "B": 2, "tie": 0}[decide(task["item"])]
    given = AnswerIn(answer={"preference": preference}, client_event_id=uuid4().hex)
    await answer(conn, reviewer, task["id"], given)


async def carry(house: House, batch_id: str, decide: Decide | None = None) -> Batch:
    """Work and answer until nothing is left to do; people know the truth unless told otherwise."""
    await drain(house)
    while (await read(house, batch_id)).tasks_open:
        await answer_open(house, decide or await knowing(house, batch_id))
        await drain(house)
    return await read(house, batch_id)


async def knowing(house: House, batch_id: str) -> Decide:
    """People who know the truth about this batch."""
    return by_truth(truth_of((await read(house, batch_id)).spec))


def by_truth(truth: Truth) -> Decide:
    """Answer as one who knows what is right."""

    def decide(task: dict[str, Any]) -> str:
        prompt, a, b = (task[part][-1]["content"] for part in ("prompt", "a", "b"))
        right = {(True, False): "A", (False, True): "B"}
        return right.get((truth(prompt, a), truth(prompt, b)), "tie")

    return decide


async def states(house: House, batch_id: str) -> list[str]:
    """The states that a batch passed, in order, from the audit trail."""
    rows = await _column(
        house,
        "SELECT detail->>'to' AS value FROM audit_event "
        "WHERE object_id = %s AND action = 'batch.state_changed' ORDER BY id",
        batch_id,
    )
    return [str(BatchState(row)) for row in rows]


async def topics(house: House, batch_id: str) -> list[str]:
    """The events of a batch, in order."""
    return await _column(
        house, "SELECT topic AS value FROM outbox WHERE key = %s ORDER BY id", batch_id
    )


async def _column(house: House, sql: str, batch_id: str) -> list[str]:
    async with transaction(house.pool) as conn:
        rows = await conn.execute(sql, (batch_id,))
        return [row["value"] for row in await rows.fetchall()]
