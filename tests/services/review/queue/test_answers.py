from typing import Any

import pytest
from fixtures_postgres import Api
from reviewing import answer, query, take

from ingot.orders import BatchState
from services.database.pool import Pool, transaction
from services.ordering.batches import fail, resume, transition
from services.review.tasks import answers, create_tasks

EXPIRE = "UPDATE assignment SET expires_at = now() - interval '1 second' WHERE state = 'leased'"
TOPICS = "SELECT topic, key FROM outbox ORDER BY id"


async def test_a_verdict_is_stored_in_the_canonical_order(
    api: Api, pool: Pool, new_batch: Any, tasks: Any
) -> None:
    batch_id = await new_batch(tasks(12))
    while leases := await take(api.reviewer):
        shown = "A" if leases[0]["item"]["a"][0]["content"].startswith("canonical A") else "B"
        assert (await answer(api.reviewer, leases[0]["id"], shown)).status_code == 200
    async with transaction(pool) as conn:
        given = await answers(conn, batch_id)
    assert [(a.verdict, a.reviewer, a.simulated) for a in given] == [("A", "ada", False)] * 12
    swapped = await query(pool, "SELECT DISTINCT mod(presented, 2) FROM assignment")
    assert len(swapped) == 2


async def test_a_tie_is_a_tie_on_both_sides(
    api: Api, pool: Pool, new_batch: Any, tasks: Any
) -> None:
    batch_id = await new_batch(tasks(1))
    [lease] = await take(api.reviewer)
    await answer(api.reviewer, lease["id"], "tie", comment="both fine", active_ms=1200)
    async with transaction(pool) as conn:
        [given] = await answers(conn, batch_id)
    assert (given.verdict, given.comment, given.active_ms) == ("tie", "both fine", 1200)


async def test_the_same_event_again_gives_the_same_response(
    api: Api, pool: Pool, new_batch: Any, tasks: Any
) -> None:
    await new_batch(tasks(2))
    [lease] = await take(api.reviewer)
    first = await answer(api.reviewer, lease["id"], client_event_id="e1")
    again = await answer(api.reviewer, lease["id"], client_event_id="e1")
    assert (first.status_code, first.text) == (again.status_code, again.text) == (200, first.text)
    assert len(await query(pool, "SELECT 1 FROM response")) == 1


async def test_a_second_answer_is_a_revision_that_stands_and_is_paid_once(
    api: Api, pool: Pool, new_batch: Any, tasks: Any
) -> None:
    batch_id = await new_batch(tasks(1))
    [lease] = await take(api.reviewer)
    await answer(api.reviewer, lease["id"], "tie", client_event_id="e1")
    second = (await answer(api.reviewer, lease["id"], "A", comment="undone")).json()
    assert (second["revision"], second["counted"]) == (2, True)
    first = (await answer(api.reviewer, lease["id"], client_event_id="e1")).json()
    assert first["revision"] == 1
    async with transaction(pool) as conn:
        assert [a.comment for a in await answers(conn, batch_id)] == ["undone"]
    assert len(await query(pool, "SELECT 1 FROM work_ledger")) == 1


async def test_an_answer_stands_once_its_batch_has_moved_on(
    api: Api, pool: Pool, new_batch: Any, tasks: Any
) -> None:
    batch_id = await new_batch(tasks(1))
    [lease] = await take(api.reviewer)
    await answer(api.reviewer, lease["id"])
    async with transaction(pool) as conn:
        await transition(conn, batch_id, BatchState.ASSEMBLING, actor="test")
    assert (await answer(api.reviewer, lease["id"], "B")).status_code == 409


async def test_a_revised_audit_has_the_promise_tested_again(
    api: Api, pool: Pool, new_batch: Any, tasks: Any
) -> None:
    await new_batch([*tasks(1, "audit", priority=1.0), *tasks(1)])
    [audited, _] = await take(api.reviewer, 2)
    await answer(api.reviewer, audited["id"])
    await answer(api.reviewer, audited["id"], "B")
    topics = [row["topic"] for row in await query(pool, TOPICS)]
    assert topics == ["batch.audited", "batch.audited"]


async def test_an_event_of_another_answer_is_409(api: Api, new_batch: Any, tasks: Any) -> None:
    await new_batch(tasks(2))
    one, two = await take(api.reviewer, 2)
    await answer(api.reviewer, one["id"], client_event_id="e1")
    response = await answer(api.reviewer, two["id"], client_event_id="e1")
    assert response.status_code == 409
    assert (await answer(api.reviewer, two["id"], client_event_id="e2")).status_code == 200


async def test_a_late_answer_counts_while_the_slot_is_free(
    api: Api, pool: Pool, new_batch: Any, new_reviewer: Any, tasks: Any
) -> None:
    await new_batch(tasks(1, overlap=2))
    [lease] = await take(api.reviewer)
    await query(pool, EXPIRE)
    await take(await new_reviewer("bob"))  # gives the dead lease back, takes one of two slots
    assert await query(pool, "SELECT slots_free FROM review_task") == [{"slots_free": 1}]
    assert (await answer(api.reviewer, lease["id"])).status_code == 200
    assert await query(pool, "SELECT slots_free FROM review_task") == [{"slots_free": 0}]


async def test_a_late_answer_is_surplus_and_paid_when_others_took_the_slot(
    api: Api, pool: Pool, new_batch: Any, new_reviewer: Any, tasks: Any
) -> None:
    batch_id = await new_batch(tasks(1))
    [lease] = await take(api.reviewer)
    await query(pool, EXPIRE)
    await take(await new_reviewer("bob"))
    reply = await answer(api.reviewer, lease["id"])
    assert (reply.status_code, reply.json()["counted"]) == (200, False)
    async with transaction(pool) as conn:
        assert await answers(conn, batch_id) == []
    assert len(await query(pool, "SELECT 1 FROM work_ledger WHERE reviewer = 'ada'")) == 1
    assert await query(pool, TOPICS) == []


async def test_a_lost_lease_that_the_same_reviewer_took_anew_is_answered_once(
    api: Api, pool: Pool, new_batch: Any, tasks: Any
) -> None:
    await new_batch(tasks(1, overlap=3))
    [old] = await take(api.reviewer)
    await query(pool, EXPIRE)
    [new] = await take(api.reviewer)
    assert (await answer(api.reviewer, old["id"])).json()["counted"] is True
    assert (await answer(api.reviewer, new["id"])).status_code == 409
    assert await query(pool, "SELECT slots_free FROM review_task") == [{"slots_free": 2}]


@pytest.mark.parametrize(
    ("state", "topic"),
    [(BatchState.CALIBRATING, "batch.calibrated"), (BatchState.IN_REVIEW, "batch.reviewed")],
)
async def test_the_last_answer_publishes_what_comes_next(
    api: Api, pool: Pool, new_batch: Any, tasks: Any, state: BatchState, topic: str
) -> None:
    batch_id = await new_batch(tasks(2), state=state)
    one, two = await take(api.reviewer, 2)
    await answer(api.reviewer, one["id"])
    assert await query(pool, TOPICS) == []
    await answer(api.reviewer, two["id"])
    assert await query(pool, TOPICS) == [{"topic": topic, "key": batch_id}]


async def test_an_overlap_of_two_needs_two_reviewers(
    api: Api, pool: Pool, new_batch: Any, new_reviewer: Any, tasks: Any
) -> None:
    await new_batch(tasks(1, overlap=2))
    for client in (api.reviewer, await new_reviewer("bob")):
        assert await query(pool, TOPICS) == []
        [lease] = await take(client)
        await answer(client, lease["id"])
    assert len(await query(pool, TOPICS)) == 1


async def test_the_last_answer_of_a_failed_batch_counts_when_it_is_resumed(
    api: Api, pool: Pool, new_batch: Any, tasks: Any
) -> None:
    batch_id = await new_batch(tasks(1))
    [lease] = await take(api.reviewer)
    async with transaction(pool) as conn:
        await fail(conn, batch_id, "disk full")
    await answer(api.reviewer, lease["id"])
    assert await query(pool, TOPICS) == []
    async with transaction(pool) as conn:
        await resume(conn, batch_id, actor="test")
    assert await query(pool, TOPICS) == [{"topic": "batch.reviewed", "key": batch_id}]


async def test_creating_the_same_tasks_again_adds_none(
    pool: Pool, new_batch: Any, tasks: Any
) -> None:
    batch_id = await new_batch(tasks(3))
    async with transaction(pool) as conn:
        assert await create_tasks(conn, batch_id, tasks(4)) == 4
        assert await create_tasks(conn, batch_id, []) == 4
    assert len(await query(pool, "SELECT 1 FROM review_task")) == 4


async def test_answers_can_be_read_by_purpose(
    api: Api, pool: Pool, new_batch: Any, tasks: Any
) -> None:
    batch_id = await new_batch([*tasks(1, "audit"), *tasks(1, "calibration")])
    for lease in await take(api.reviewer, 2):
        await answer(api.reviewer, lease["id"])
    async with transaction(pool) as conn:
        assert [a.purpose for a in await answers(conn, batch_id, "audit")] == ["audit"]
        assert len(await answers(conn, batch_id)) == 2


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"answer": {"preference": 4}}, "/answer/preference"),
        ({"answer": {"preference": "BANANA"}}, "/answer/preference"),
        ({"answer": {"preference": True}}, "/answer/preference"),
        ({"answer": {"preference": 1, "reasons": ["because"]}}, "/answer/reasons/0"),
        ({"answer": {"preference": 1, "score": 5}}, "/answer/score"),
        ({"answer": []}, "/answer"),
        ({"comment": "nul \x00"}, "/comment"),
        ({"comment": "x" * 10_001}, "/comment"),
        ({"client_event_id": ""}, "/client_event_id"),
        ({"active_ms": -1}, "/active_ms"),
        ({"writing": {"typed": -1}}, "/writing/typed"),
        ({"score": 5}, "/score"),
    ],
)
async def test_a_nonsense_answer_is_422_and_stores_nothing(
    api: Api, pool: Pool, new_batch: Any, tasks: Any, fields: dict[str, Any], pointer: str
) -> None:
    await new_batch(tasks(1))
    [lease] = await take(api.reviewer)
    response = await answer(api.reviewer, lease["id"], **fields)
    assert response.status_code == 422, response.text
    assert [fault["pointer"] for fault in response.json()["errors"]] == [pointer]
    assert await query(pool, "SELECT 1 FROM response") == []


async def test_the_assignment_of_another_reviewer_does_not_exist(
    api: Api, new_batch: Any, new_reviewer: Any, tasks: Any
) -> None:
    await new_batch(tasks(1))
    [lease] = await take(api.reviewer)
    bob = await new_reviewer("bob")
    path = f"/v1/assignments/{lease['id']}"
    assert (await answer(bob, lease["id"])).status_code == 404
    assert (await bob.post(f"{path}/heartbeat")).status_code == 404
    assert (await bob.post(f"{path}/release")).status_code == 404


async def test_answers_cannot_be_changed_or_deleted(
    api: Api, pool: Pool, new_batch: Any, tasks: Any
) -> None:
    await new_batch(tasks(1))
    [lease] = await take(api.reviewer)
    await answer(api.reviewer, lease["id"])
    for sql in ("UPDATE response SET label = 'B'", "DELETE FROM response"):
        with pytest.raises(Exception, match="append-only"):
            await query(pool, sql)


async def test_a_reviewer_sees_their_own_numbers(api: Api, new_batch: Any, tasks: Any) -> None:
    await new_batch(tasks(3))
    [lease] = await take(api.reviewer)
    await answer(api.reviewer, lease["id"])
    assert (await api.reviewer.get("/v1/me")).json() == {
        "pseudonym": "ada",
        "simulated": False,
        "answered_today": 1,
        "tasks_open": 2,
        "roles": ["reviewer"],
        "settings": {},
    }


async def test_only_reviewers_may_review(api: Api) -> None:
    asked = [
        (await client.post("/v1/leases", json={})).status_code
        for client in (api.lab, api.operator, api.anonymous)
    ]
    assert asked == [403, 403, 401]
    assert (await api.lab.get("/v1/me")).status_code == 403


async def test_half_a_character_is_422(api: Api, new_batch: Any, tasks: Any) -> None:
    await new_batch(tasks(1))
    [lease] = await take(api.reviewer)
    response = await api.reviewer.put(
        f"/v1/assignments/{lease['id']}/answer",
        content=r'{"answer": {"preference": "\ud800"}, "client_event_id": "e1"}',
        headers={"Content-Type": "application/json"},
    )
    assert response.status_code == 422
