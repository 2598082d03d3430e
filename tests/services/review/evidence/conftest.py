"""Answers as they lie in the database, without the endpoints that put them there."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from psycopg.types.json import Json

from services.database.pool import Connection, Pool, transaction

Answered = Callable[..., Awaitable[str]]


@pytest.fixture
def answered(pool: Pool) -> Answered:
    """Store an answer to a new task of a queue (kind), and give its assignment."""

    async def store(
        kind: str,
        item: dict[str, Any],
        answer: dict[str, Any],
        *,
        reviewer: str = "ada",
        comment: str = "",
        writing: dict[str, Any] | None = None,
        simulated: bool = False,
        lab: str = "acme",
    ) -> str:
        async with transaction(pool) as conn:
            await _make_sure(conn, lab, kind, reviewer)
            task = await _one(
                conn,
                "INSERT INTO review_task (queue_id, item_id, purpose, payload, priority, overlap, "
                "slots_free, answers_needed, state) SELECT id, %s, 'asked', %s, 0, 1, 0, 0, 'done' "
                "FROM queue WHERE name = %s RETURNING id",
                (uuid4().hex, Json(item), f"{lab}-{kind}"),
            )
            assignment = await _one(
                conn,
                "INSERT INTO assignment (task_id, reviewer, state, revision, expires_at, ended_at) "
                "VALUES (%s, %s, 'submitted', 1, now(), now()) RETURNING id",
                (task, reviewer),
            )
            await conn.execute(
                "INSERT INTO response (assignment_id, revision, client_event_id, label, answer, "
                "comment, guideline_n, simulated, active_ms, writing) "
                "VALUES (%s, 1, %s, '', %s, %s, 1, %s, 1000, %s)",
                (
                    assignment,
                    uuid4().hex,
                    Json(answer),
                    comment,
                    simulated,
                    Json(writing) if writing else None,
                ),
            )
            await conn.execute(
                "INSERT INTO work_ledger (assignment_id, reviewer, active_ms, amount_minor, "
                "currency) VALUES (%s, %s, 1000, 250, 'EUR')",
                (assignment, reviewer),
            )
        return assignment

    return store


async def _make_sure(conn: Connection, lab: str, kind: str, reviewer: str) -> None:
    await conn.execute("INSERT INTO tenant (id) VALUES (%s) ON CONFLICT DO NOTHING", (lab,))
    await conn.execute(
        "INSERT INTO reviewer (pseudonym, simulated) VALUES (%s, false) ON CONFLICT DO NOTHING",
        (reviewer,),
    )
    await conn.execute(
        "WITH new AS (INSERT INTO queue (tenant_id, name, kind) VALUES (%s, %s, %s) "
        "ON CONFLICT DO NOTHING RETURNING id) "
        "INSERT INTO guideline (queue_id, n, body, rubric, change_note, breaking, sha256, author) "
        "SELECT id, 1, '', '{}', 'first', false, '', 'test' FROM new",
        (lab, f"{lab}-{kind}", kind),
    )


async def _one(conn: Connection, sql: str, values: tuple[Any, ...]) -> str:
    rows = await conn.execute(sql, values)
    row = await rows.fetchone()
    assert row is not None
    return str(row["id"])
