"""The whole way: a pasted answer is taken, counted and paid like any other, and asked about."""

from typing import Any

from evidence_texts import GARDEN
from fixtures_postgres import Api
from psycopg.types.json import Json
from reviewing import give, query, take

from services.database.pool import Pool

ITEM = {
    "wanted": "answer",
    "brief": "Tell a story.",
    "prompt": [{"role": "user", "content": "Your uncle?"}],
}
QUEUE = {
    "name": "stories",
    "kind": "write",
    "overlap": 1,
    "pay_minor": 250,
    "body": "",
    "rubric": {},
}
TYPED = {"typed": len(GARDEN), "edits": 30}
PASTED = {"pasted": [{"chars": len(GARDEN), "source": "outside"}]}


async def _answer(api: Api, pool: Pool, writing: dict[str, Any]) -> dict[str, Any]:
    made = await api.operator.post("/v1/queues", json=QUEUE)
    assert made.status_code == 201, made.text
    await query(
        pool,
        "INSERT INTO review_task (queue_id, item_id, purpose, payload, priority, overlap, "
        "slots_free, answers_needed) VALUES (%s, 'one', 'asked', %s, 0, 1, 1, 1)",
        made.json()["id"],
        Json(ITEM),
    )
    (lease,) = await take(api.reviewer)
    given = await give(api.reviewer, lease["id"], {"text": GARDEN}, writing=writing)
    assert given.status_code == 200, given.text
    return dict(given.json())


async def _outcome(pool: Pool) -> list[Any]:
    paid = await query(pool, "SELECT amount_minor FROM work_ledger")
    states = await query(
        pool,
        "SELECT a.state, t.state AS task FROM assignment a JOIN review_task t ON t.id = a.task_id",
    )
    return [*paid, *states]


async def test_a_pasted_answer_counts_and_is_paid_and_asked_about(api: Api, pool: Pool) -> None:
    assert (await _answer(api, pool, PASTED))["counted"]
    assert await _outcome(pool) == [
        {"amount_minor": 250},
        {"state": "submitted", "task": "done"},
    ]
    flags = await query(pool, "SELECT rule, severity, state, raised_by FROM flag")
    assert flags == [
        {
            "rule": "pasted_outside",
            "severity": "review",
            "state": "open",
            "raised_by": "evidence",
        }
    ]


async def test_a_typed_answer_is_not_asked_about(api: Api, pool: Pool) -> None:
    assert (await _answer(api, pool, TYPED))["counted"]
    assert await query(pool, "SELECT rule FROM flag") == []
