"""What the tests of review's quality share: items, answers on purpose, promises of the tables."""

from typing import Any

import httpx
from reviewing import give, query, take

from services.database.pool import Pool

CANONICAL = {"A": -2, "B": 2, "tie": 0}


def turn(role: str, content: str) -> dict[str, str]:
    """One turn of a conversation."""
    return {"role": role, "content": content}


def pair(number: int = 0) -> dict[str, Any]:
    """A pairwise item."""
    return {
        "prompt": [turn("user", f"prompt {number}")],
        "a": [turn("assistant", f"canonical A of {number}")],
        "b": [turn("assistant", f"canonical B of {number}")],
    }


def completion(number: int = 0) -> dict[str, Any]:
    """An item of which one answer is scored."""
    return {
        "prompt": [turn("user", f"prompt {number}")],
        "completion": [turn("assistant", f"answer {number}")],
    }


async def say(
    pool: Pool, client: httpx.AsyncClient, labels: dict[str, str], queue_id: str, **fields: Any
) -> dict[str, str]:
    """Have a reviewer take all their tasks of a pairwise queue and say these labels of them.

    `labels` are by task, in the canonical order. Gives the assignment of each task.
    """
    assignments = {}
    while leases := await take(client, 5, queue_id):
        for lease in leases:
            task = lease["task_id"]
            [row] = await query(pool, "SELECT presented FROM assignment WHERE id = %s", lease["id"])
            sign = -1 if row["presented"] % 2 else 1
            content = {"preference": sign * CANONICAL[labels.get(task, "A")]}
            response = await give(client, lease["id"], content, **fields)
            assert response.status_code == 200, response.text
            assignments[task] = lease["id"]
    return assignments


async def broken_promises(pool: Pool) -> list[dict[str, Any]]:
    """Tasks whose counters are not what their assignments say."""
    return await query(
        pool,
        "SELECT t.id, t.state, t.overlap, t.slots_free, t.answers_needed, n.live, n.answered "
        "FROM review_task t, LATERAL (SELECT count(*) AS live, "
        "count(*) FILTER (WHERE state = 'submitted') AS answered FROM assignment a "
        "WHERE a.task_id = t.id AND a.state IN ('leased', 'submitted')) n "
        "WHERE t.state NOT IN ('gold', 'cancelled') AND (t.slots_free <> t.overlap - n.live "
        "OR t.answers_needed <> t.overlap - n.answered)",
    )
