"""Reviewers who work at once over HTTP, and what must hold when they are done."""

import asyncio
import random
from typing import Any
from uuid import uuid4

import httpx

from benchmarks.reviewing import stage

_BROKEN = """
SELECT count(*) AS n FROM review_task t, LATERAL (
    SELECT count(*) AS live, count(*) FILTER (WHERE a.state = 'submitted') AS answered
    FROM assignment a WHERE a.task_id = t.id AND a.state IN ('leased', 'submitted')) c
WHERE t.state <> 'gold' AND (t.slots_free <> t.overlap - c.live
                             OR t.answers_needed <> t.overlap - c.answered)"""
_OVER = """
SELECT count(*) AS n FROM (
    SELECT c.task_id FROM counted_answer c JOIN review_task t ON t.id = c.task_id
    GROUP BY c.task_id, t.overlap HAVING count(*) > t.overlap
        OR count(DISTINCT c.reviewer) <> count(*)) tasks"""
_ANSWERED = "SELECT count(*) AS n FROM counted_answer"
_STORED = "SELECT client_event_id FROM response"


class Reviewer:
    """One of them; counts what was acknowledged, and what went wrong."""

    def __init__(self, key: str, seed: int) -> None:
        self.key, self.random = key, random.Random(seed)
        self.acknowledged = set[str]()
        self.errors = 0

    async def work(self, address: str) -> None:
        """Answer until the queue is drained; some tasks are given back or left alone on the way.

        Raises httpx.TransportError where the server dies.
        """
        headers = {"Authorization": f"Bearer {self.key}"}
        async with httpx.AsyncClient(
            base_url=address, headers=headers, timeout=60, verify=False
        ) as client:
            while await self._next(client):
                pass

    async def _next(self, client: httpx.AsyncClient) -> bool:
        leased = await client.post("/v1/leases", json={"max": 2})
        if leased.status_code == 204:
            if leased.headers["Queue-State"] == "drained":
                return False
            await asyncio.sleep(0.05)
            return True
        if self._failed(leased):
            return True
        for assignment in leased.json()["assignments"]:
            await self._treat(client, f"/v1/assignments/{assignment['id']}")
        return True

    async def _treat(self, client: httpx.AsyncClient, path: str) -> None:
        draw = self.random.random()
        if draw < 0.05:
            self._failed(await client.post(f"{path}/release"))
            return
        event = uuid4().hex
        body = {"answer": {"preference": -2}, "client_event_id": event, "active_ms": 9_000}
        for _ in range(1 + (draw > 0.95)):  # some are sent twice
            answered = await client.put(f"{path}/answer", json=body)
            if not self._failed(answered):
                self.acknowledged.add(event)

    def _failed(self, response: httpx.Response) -> bool:
        self.errors += response.is_error
        return response.is_error


async def state(url: str) -> dict[str, Any]:
    """What the database holds: broken slots, tasks over their overlap, answers, event ids."""
    async with stage.connection(url) as conn:
        counts = {}
        for name, sql in (("broken", _BROKEN), ("over", _OVER), ("answered", _ANSWERED)):
            row = await (await conn.execute(sql)).fetchone()
            assert row is not None
            counts[name] = row["n"]
        rows = await (await conn.execute(_STORED)).fetchall()
    return {**counts, "events": {row["client_event_id"] for row in rows}}
