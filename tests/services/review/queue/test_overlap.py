from collections.abc import Sequence
from typing import Any

import pytest
from items import KINDS_OF_WORK
from reviewing import answer, give, query, take

from services.database.pool import Pool

TASK = "SELECT state, overlap, slots_free, answers_needed FROM review_task"
EVENTS = "SELECT topic FROM outbox"


async def vote(new_reviewer: Any, labels: Sequence[str]) -> None:
    """One new reviewer after the other answers with the next of these labels."""
    for number, label in enumerate(labels):
        client = await new_reviewer(f"{label}{number}")
        [lease] = await take(client)
        left_is_a = lease["item"]["a"][0]["content"].startswith("canonical A")
        seen = label if left_is_a or label == "tie" else {"A": "B", "B": "A"}[label]
        reply = await answer(client, lease["id"], seen)
        assert reply.json()["counted"], reply.text


@pytest.mark.parametrize(
    ("labels", "share", "adjudicate", "state", "overlap"),
    [
        (["A", "A"], 1.0, True, "done", 2),
        (["A", "B"], 0.5, True, "done", 2),
        (["A", "B"], 0.6, True, "open", 3),
        (["A", "B", "A"], 0.6, True, "done", 3),
        (["A", "B", "tie"], 0.6, True, "open", 4),
        (["A", "B", "tie", "tie"], 0.6, True, "adjudicating", 4),
        (["A", "B", "tie", "tie"], 0.6, False, "done", 4),
        (["A", "B"], 0.0, True, "done", 2),
    ],
)
async def test_disagreement_asks_one_more_up_to_the_cap_and_then_an_adjudicator(
    pool: Pool,
    new_batch: Any,
    new_reviewer: Any,
    tasks: Any,
    labels: list[str],
    share: float,
    adjudicate: bool,
    state: str,
    overlap: int,
) -> None:
    terms = {"overlap": 2, "max_overlap": 4, "agree_share": share, "adjudicate": adjudicate}
    await new_batch(tasks(1, overlap=2), **terms)
    await vote(new_reviewer, labels)
    needed = int(state == "open")
    assert await query(pool, TASK) == [
        {"state": state, "overlap": overlap, "slots_free": needed, "answers_needed": needed}
    ]
    waits = state in ("open", "adjudicating")
    assert len(await query(pool, EVENTS)) == (not waits)
    assert await query(pool, "SELECT tasks_open FROM batch") == [{"tasks_open": int(waits)}]


async def test_what_has_no_label_asks_nobody_else(
    api: Any, pool: Pool, new_queue: Any, fill: Any, new_reviewer: Any
) -> None:
    queue_id = await new_queue("rewrite", overlap=2, max_overlap=3, agree_share=1)
    item, content = KINDS_OF_WORK["rewrite"]
    await fill(queue_id, item, overlap=2)
    for client, text in ((api.reviewer, "One."), (await new_reviewer("bob"), "Another.")):
        [lease] = await take(client)
        await give(client, lease["id"], content | {"text": text})
    assert [row["state"] for row in await query(pool, TASK)] == ["done"]
