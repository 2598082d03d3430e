"""Queues whose work is looked after by two leads and an adjudicator."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest
from fixtures_postgres import Api, client_for
from people import add_person, log_in
from psycopg.types.json import Json
from reviewing import query

from services.accounts.keys import create_key
from services.database.pool import Pool, transaction

NewQueue = Callable[..., Awaitable[str]]
AddTasks = Callable[..., Awaitable[list[str]]]


@pytest.fixture
def lead(api: Api) -> httpx.AsyncClient:
    """An operator's key: it may do what a QA lead may."""
    return api.operator


@pytest.fixture
async def second_lead(api: Api, pool: Pool) -> AsyncIterator[httpx.AsyncClient]:
    """Another person who may."""
    async with transaction(pool) as conn:
        key = await create_key(conn, "operator", "acme")
    async with client_for(api.url, key) as client:
        yield client


@pytest.fixture
async def stranger(api: Api, pool: Pool) -> AsyncIterator[httpx.AsyncClient]:
    """A lead of another tenant."""
    async with transaction(pool) as conn:
        key = await create_key(conn, "operator", "other")
    async with client_for(api.url, key) as client:
        yield client


@pytest.fixture
async def adjudicator(api: Api, pool: Pool) -> AsyncIterator[httpx.AsyncClient]:
    """One who decides."""
    await add_person(pool, "judy", "adjudicator", pseudonym="p-judy")
    async with log_in(api, "judy") as client:
        yield client


@pytest.fixture
def new_queue(api: Api) -> NewQueue:
    """Make a queue and give its id."""

    async def make(kind: str = "pairwise", name: str = "queue", **terms: Any) -> str:
        response = await api.operator.post("/v1/queues", json={"name": name, "kind": kind, **terms})
        assert response.status_code == 201, response.text
        queue_id: str = response.json()["id"]
        return queue_id

    return make


@pytest.fixture
def add_tasks(pool: Pool) -> AddTasks:
    """Put items into a queue and give the tasks' ids."""

    async def add(queue_id: str, items: list[Any], overlap: int = 1) -> list[str]:
        ids = []
        [there] = await query(pool, "SELECT count(*) AS n FROM review_task")
        for number, item in enumerate(items, there["n"]):
            [row] = await query(
                pool,
                "INSERT INTO review_task (queue_id, guideline_n, item_id, purpose, payload, "
                "priority, urgency, overlap, slots_free, answers_needed) "
                "SELECT id, guideline_n, %s, 'asked', %s, 1, %s, %s, %s, %s FROM queue "
                "WHERE id = %s RETURNING id",
                f"itm_{number}", Json(item), -number, overlap, overlap, overlap, queue_id,
            )  # fmt: skip
            ids.append(row["id"])
        return ids

    return add
