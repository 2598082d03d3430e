"""Queues of any kind, and what is in them."""

from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any

import orjson
import pytest
from fixtures_postgres import Api
from reviewing import query

from services.database.pool import Pool
from services.review.kinds import KINDS

NewQueue = Callable[..., Awaitable[str]]
Fill = Callable[..., Awaitable[list[str]]]
_numbers = count()


@pytest.fixture
def new_queue(api: Api) -> NewQueue:
    """Make a queue of the tenant 'acme', and give its id."""

    async def make(kind: str = "pairwise", **terms: Any) -> str:
        body = {"name": f"queue {next(_numbers)}", "kind": kind, **terms}
        response = await api.operator.post("/v1/queues", json=body)
        assert response.status_code == 201, response.text
        return str(response.json()["id"])

    return make


@pytest.fixture
def fill(pool: Pool) -> Fill:
    """Put tasks into a queue, the first the most urgent, and give their ids."""

    async def put(queue_id: str, *items: dict[str, Any], overlap: int = 1) -> list[str]:
        rows = [
            await query(
                pool,
                "INSERT INTO review_task (queue_id, item_id, purpose, payload, priority, urgency, "
                "overlap, slots_free, answers_needed) "
                "VALUES (%s, %s, 'asked', %s, 1, %s, %s, %s, %s) RETURNING id",
                queue_id,
                f"item_{next(_numbers)}",
                orjson.dumps(item).decode(),
                -place,
                *(overlap,) * 3,
            )
            for place, item in enumerate(items)
        ]
        return [row["id"] for [row] in rows]

    return put


@pytest.fixture
def add_gold(pool: Pool) -> Fill:
    """Put gold into a queue: pairs of an item and what is expected."""

    async def put(
        queue_id: str, *pairs: tuple[dict[str, Any], dict[str, Any]], kind: str = "pairwise"
    ) -> list[str]:
        ids = []
        for item, expected in pairs:
            [row] = await query(
                pool,
                "INSERT INTO review_task (queue_id, item_id, purpose, state, payload, priority, "
                "overlap, slots_free, answers_needed) "
                "VALUES (%s, %s, 'gold', 'gold', %s, 1, 1, 0, 0) RETURNING id",
                queue_id,
                f"item_{next(_numbers)}",
                orjson.dumps(item).decode(),
            )
            await query(
                pool,
                "INSERT INTO gold (task_id, expected, label, why) VALUES (%s, %s, %s, 'look')",
                row["id"],
                orjson.dumps(expected).decode(),
                KINDS[kind].label(expected),
            )
            ids.append(row["id"])
        return ids

    return put
