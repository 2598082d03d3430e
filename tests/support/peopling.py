"""A queue with a past: reviewers, tasks, answers, gold, flags, straight into the database."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

import orjson

from services.database.pool import Connection

_numbers = count()
PAIR = {
    "prompt": [{"role": "user", "content": "How do I keep basil alive indoors?"}],
    "a": [{"role": "assistant", "content": "Give it **six hours** of light; water from below."}],
    "b": [{"role": "assistant", "content": "Water it daily:\n\n```\nwater(basil)\n```"}],
}


@dataclass
class Past:
    """Writes what happened; `now` is when its last day ends."""

    conn: Connection
    tenant: str = "acme"
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def one(self, sql: str, *values: object) -> Any:
        """The first column of the first row."""
        rows = await self.conn.execute(sql, values)
        row = await rows.fetchone() if rows.description else None
        return next(iter(row.values())) if row else None

    async def add(self, table: str, returning: str, **columns: Any) -> str:
        """Insert a row; dicts become JSON."""
        names, places = ", ".join(columns), ", ".join("%s" for _ in columns)
        values = [orjson.dumps(v).decode() if isinstance(v, dict) else v for v in columns.values()]
        sql = f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING {returning}"
        return str(await self.one(sql, *values))

    def ago(self, days: float) -> datetime:
        """So many days before now."""
        return self.now - timedelta(days=days)

    async def reviewer(self, name: str) -> str:
        """Someone who answers."""
        sql = "INSERT INTO reviewer VALUES (%s, false) ON CONFLICT DO NOTHING"
        await self.one(sql, name)
        return name

    async def queue(self, name: str, kind: str = "pairwise", body: str = "", **terms: Any) -> str:
        """A queue with its first guideline."""
        await self.one("INSERT INTO tenant (id) VALUES (%s) ON CONFLICT DO NOTHING", self.tenant)
        row = {"tenant_id": self.tenant, "name": name, "kind": kind, **terms}
        queue = await self.add("queue", "id", **row)
        await self.guideline(queue, 1, body or f"# {name}\n\nRead both answers to the end.")
        return queue

    async def guideline(self, queue: str, n: int, body: str, **fields: Any) -> None:
        """A version, in force from now on."""
        row = {"rubric": {}, "change_note": "first version", "breaking": False, "author": "lea"}
        digest = sha256(body.encode()).hexdigest()
        await self.add(
            "guideline", "n", queue_id=queue, n=n, body=body, sha256=digest, **{**row, **fields}
        )
        await self.one("UPDATE queue SET guideline_n = %s WHERE id = %s", n, queue)

    async def task(
        self, queue: str, state: str = "open", days_ago: float = 0, answers: int = 1, **item: Any
    ) -> str:
        """A task that has had all its answers, unless it is open."""
        free = answers * (state == "open")
        return await self.add(
            "review_task",
            "id",
            queue_id=queue,
            item_id=f"par_{next(_numbers)}",
            purpose="gold" if state == "gold" else "unsure",
            payload={**PAIR, **item},
            priority=1,
            overlap=answers,
            slots_free=free,
            answers_needed=free,
            state=state,
            created_at=self.ago(days_ago),
        )

    async def answer(
        self, task: str, reviewer: str, label: str = "A", days_ago: float = 0, **fields: Any
    ) -> str:
        """A paid answer that counts, unless `state` says otherwise."""
        at, state = self.ago(days_ago), fields.pop("state", "submitted")
        active_ms = fields.setdefault("active_ms", 42_000)
        preference = {"A": -2, "B": 2}.get(label, 0)
        lease = {"leased_at": at, "expires_at": at, "ended_at": at, "revision": 1}
        given = await self.add(
            "assignment", "id", task_id=task, reviewer=reviewer, state=state, **lease
        )
        response = {
            "assignment_id": given,
            "revision": 1,
            "client_event_id": f"event-{next(_numbers)}",
            "label": label,
            "answer": {"preference": preference},
            "comment": "",
            "guideline_n": 1,
            "simulated": False,
            "answered_at": at,
        }
        await self.add("response", "revision", **{**response, **fields})
        ledger = "INSERT INTO work_ledger VALUES (%s, %s, %s, 35, 'EUR', %s)"
        await self.one(ledger, given, reviewer, active_ms, at)
        return given

    async def gold(self, queue: str, label: str = "A") -> str:
        """A task whose answer is known."""
        task = await self.task(queue, "gold")
        expected = {"preference": -2}
        await self.add("gold", "label", task_id=task, expected=expected, label=label, why="shorter")
        return task

    async def gold_answer(self, task: str, reviewer: str, correct: bool, days_ago: float) -> str:
        """An answer to gold."""
        given = await self.answer(task, reviewer, "A" if correct else "B", days_ago)
        await self.add("gold_result", "correct", assignment_id=given, correct=correct)
        return given

    async def flag(self, given: str, rule: str, severity: str = "review", **measured: Any) -> str:
        """Evidence on an answer."""
        row = {"assignment_id": given, "rule": rule, "severity": severity, "raised_by": "evidence"}
        return await self.add("flag", "id", measured=measured, **row)
