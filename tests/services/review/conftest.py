"""A batch that people are asked about."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from fixtures_postgres import Api, client_for

from ingot.orders import BatchState, OrderSpec
from ingot.records import Message
from services.accounts.keys import create_key
from services.accounts.repository import add_tenant
from services.database.pool import Pool, transaction
from services.ordering import repository
from services.ordering.batches import transition
from services.review.tasks import NewTask, Purpose, create_tasks

NewBatch = Callable[..., Awaitable[str]]
NewReviewer = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
def tasks() -> Callable[..., list[NewTask]]:
    """Make so many tasks, numbered from 0."""
    return _tasks


def _tasks(count: int, purpose: Purpose = "unsure", **fields: Any) -> list[NewTask]:
    return [
        NewTask(
            item_id=f"par_{number}",
            purpose=purpose,
            prompt=(Message(role="user", content=f"prompt {number}"),),
            a=(Message(role="assistant", content=f"canonical A of {number}"),),
            b=(Message(role="assistant", content=f"canonical B of {number}"),),
            **fields,
        )
        for number in range(count)
    ]


@pytest.fixture
def new_batch(pool: Pool) -> NewBatch:
    """Make a batch in review with these tasks."""

    async def make(
        tasks: list[NewTask],
        state: BatchState = BatchState.IN_REVIEW,
        reviewers: str = "people",
        **terms: Any,
    ) -> str:
        spec = OrderSpec.model_validate(
            {
                "name": "order",
                "quantity": 10,
                "source": {"recipe": "write_instructions"},
                "review": {"reviewers": reviewers, **terms},
            }
        )
        async with transaction(pool) as conn:
            await add_tenant(conn, "acme")
            order_id = await repository.add_order(conn, "acme", spec.model_dump(mode="json"), "x")
            batch_id = (await repository.add_batch(conn, order_id, 1))["id"]
            for step in (BatchState.GENERATING, BatchState.JUDGING, state):
                await transition(conn, batch_id, step, actor="test")
            await create_tasks(conn, batch_id, tasks)
        return batch_id

    return make


@pytest.fixture
async def new_reviewer(api: Api, pool: Pool) -> AsyncIterator[NewReviewer]:
    """Make a reviewer and their client."""
    clients: list[httpx.AsyncClient] = []

    async def make(name: str, simulated: bool = False) -> httpx.AsyncClient:
        async with transaction(pool) as conn:
            key = await create_key(conn, "reviewer", "acme", name, simulated)
        clients.append(client_for(api.url, key))
        return clients[-1]

    yield make
    for client in clients:
        await client.aclose()
