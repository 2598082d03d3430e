"""Guidelines in versions, and what a breaking one does to open work."""

from typing import Any

from fixtures_postgres import Api
from looking_after import broken_promises, pair, say
from reviewing import answer, query, take

from services.database.pool import Pool


def version(body: str = "Prefer what is right.", **fields: Any) -> dict[str, Any]:
    return {"body": body, "change_note": "clearer", **fields}


async def publish(client: Any, queue_id: str, **fields: Any) -> dict[str, Any]:
    response = await client.post(f"/v1/queues/{queue_id}/guidelines", json=version(**fields))
    assert response.status_code == 201, response.text
    published: dict[str, Any] = response.json()
    return published


async def test_versions_are_listed_read_and_never_changed(
    api: Api, lead: Any, new_queue: Any
) -> None:
    queue_id = await new_queue(body="first")
    await publish(lead, queue_id, body="second", rubric={"steps": 1})
    listed = (await api.reviewer.get(f"/v1/queues/{queue_id}/guidelines")).json()["data"]
    assert [(each["n"], each["change_note"]) for each in listed] == [
        (2, "clearer"),
        (1, "first version"),
    ]
    [first, second] = [
        (await api.reviewer.get(f"/v1/queues/{queue_id}/guidelines/{n}")).json() for n in (1, 2)
    ]
    assert (first["body"], second["body"]) == ("first", "second")
    assert second["rubric"]["steps"] == 1
    assert first["sha256"] != second["sha256"]
    missing = await api.reviewer.get(f"/v1/queues/{queue_id}/guidelines/3")
    assert (missing.status_code, "version 3" in missing.json()["detail"]) == (404, True)


async def test_a_difference_tells_words_and_fields(lead: Any, new_queue: Any) -> None:
    queue_id = await new_queue(body="Prefer what is right.\nBe kind.\n")
    await publish(lead, queue_id, body="Prefer what is short.\nBe kind.\n", rubric={"steps": 2})
    response = await lead.get(f"/v1/queues/{queue_id}/guidelines/diff", params={"from": 1, "to": 2})
    changed = response.json()
    words = [(each["kind"], each["text"].strip()) for each in changed["body"]]
    assert ("gone", "right") in words
    assert ("new", "short") in words
    assert changed["rubric"] == [{"pointer": "/steps", "before": 3, "after": 2}]


async def test_a_rubric_that_does_not_fit_the_kind_is_refused(lead: Any, new_queue: Any) -> None:
    queue_id = await new_queue("rating")
    wrong = version(rubric={"criteria": [{"name": "x", "low": 5, "high": 1}]})
    response = await lead.post(f"/v1/queues/{queue_id}/guidelines", json=wrong)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"].startswith("/rubric/criteria/0")


async def test_an_edit_of_an_older_version_does_not_overwrite_a_newer_one(
    lead: Any, second_lead: Any, new_queue: Any
) -> None:
    queue_id = await new_queue()
    await publish(lead, queue_id, based_on=1)
    late = await second_lead.post(f"/v1/queues/{queue_id}/guidelines", json=version(based_on=1))
    assert late.status_code == 409
    assert "version 2 was published" in late.json()["detail"]


async def test_only_leads_of_the_tenant_publish(
    api: Api, stranger: Any, adjudicator: Any, new_queue: Any
) -> None:
    path = f"/v1/queues/{await new_queue()}/guidelines"
    assert (await api.reviewer.post(path, json=version())).status_code == 403
    assert (await adjudicator.post(path, json=version())).status_code == 403
    assert (await stranger.post(path, json=version())).status_code == 404
    assert (await stranger.get(path)).status_code == 404


async def test_a_minor_version_applies_to_what_is_asked_from_now_on(
    api: Api, lead: Any, new_queue: Any, add_tasks: Any, pool: Pool
) -> None:
    queue_id = await new_queue()
    tasks = await add_tasks(queue_id, [pair(0), pair(1)], overlap=2)
    [lease] = await take(api.reviewer, 1, queue_id)
    await answer(api.reviewer, lease["id"])
    published = await publish(lead, queue_id)
    assert (published["tasks"], published["stale_answers"]) == (2, 0)
    bound = await query(pool, "SELECT guideline_n FROM review_task WHERE queue_id = %s", queue_id)
    assert [row["guideline_n"] for row in bound] == [2, 2]
    counted = await query(pool, "SELECT task_id, guideline_n FROM counted_answer")
    assert counted == [{"task_id": tasks[0], "guideline_n": 1}]
    [lease] = await take(api.reviewer, 1, queue_id)
    assert lease["guideline"]["n"] == 2


async def test_a_breaking_version_asks_open_tasks_anew_and_leaves_done_ones(
    api: Api, lead: Any, new_queue: Any, new_reviewer: Any, add_tasks: Any, pool: Pool
) -> None:
    queue_id = await new_queue(pay_minor=25)
    [done] = await add_tasks(queue_id, [pair(0)])
    [open_one] = await add_tasks(queue_id, [pair(1)], overlap=3)
    await say(pool, api.reviewer, {}, queue_id)
    bea = await new_reviewer("bea")
    await take(bea, 1, queue_id)
    published = await publish(lead, queue_id, breaking=True)
    assert (published["stale_answers"], published["ended_leases"]) == (1, 1)
    ended = await query(
        pool,
        "SELECT reviewer, state, reason FROM assignment WHERE task_id = %s ORDER BY reviewer",
        open_one,
    )
    assert ended == [
        {"reviewer": "ada", "state": "surplus", "reason": "stale_guideline"},
        {"reviewer": "bea", "state": "expired", "reason": "stale_guideline"},
    ]
    rows = await query(
        pool, "SELECT id, state, slots_free, answers_needed, guideline_n FROM review_task"
    )
    now = {row.pop("id"): row for row in rows}
    assert now[open_one] == {
        "state": "open", "slots_free": 3, "answers_needed": 3, "guideline_n": 2
    }  # fmt: skip
    assert (now[done]["state"], now[done]["guideline_n"]) == ("done", 1)
    assert await broken_promises(pool) == []
    assert await query(pool, "SELECT sum(amount_minor) AS paid FROM work_ledger") == [{"paid": 50}]


async def test_who_held_a_task_gets_it_anew_under_the_breaking_version(
    api: Api, lead: Any, new_queue: Any, add_tasks: Any
) -> None:
    queue_id = await new_queue()
    await add_tasks(queue_id, [pair()])
    [held] = await take(api.reviewer, 1, queue_id)
    await publish(lead, queue_id, breaking=True)
    [again] = await take(api.reviewer, 1, queue_id)
    assert (again["task_id"], again["guideline"]["n"]) == (held["task_id"], 2)
    assert again["id"] != held["id"]


async def test_who_answered_an_open_task_may_answer_it_anew(
    api: Api, lead: Any, new_queue: Any, add_tasks: Any, pool: Pool
) -> None:
    queue_id = await new_queue(overlap=2)
    [task] = await add_tasks(queue_id, [pair()], overlap=2)
    for label in ("A", "B"):
        await say(pool, api.reviewer, {task: label}, queue_id)
        if label == "A":
            await publish(lead, queue_id, breaking=True)
    counted = await query(pool, "SELECT reviewer, label, guideline_n FROM counted_answer")
    assert counted == [{"reviewer": "ada", "label": "B", "guideline_n": 2}]
    assert await broken_promises(pool) == []


async def test_an_answer_under_an_ended_lease_is_kept_and_paid_and_does_not_count(
    api: Api, lead: Any, new_queue: Any, add_tasks: Any, pool: Pool
) -> None:
    queue_id = await new_queue(pay_minor=5)
    await add_tasks(queue_id, [pair()])
    [held] = await take(api.reviewer, 1, queue_id)
    await publish(lead, queue_id, breaking=True)
    late = await answer(api.reviewer, held["id"])
    assert (late.status_code, late.json()["counted"]) == (200, False)
    assert await query(pool, "SELECT amount_minor FROM work_ledger") == [{"amount_minor": 5}]
    assert await broken_promises(pool) == []


async def test_what_went_to_an_adjudicator_is_asked_anew_too(
    api: Api, lead: Any, new_queue: Any, new_reviewer: Any, add_tasks: Any, pool: Pool
) -> None:
    queue_id = await new_queue(agree_share=0.9, adjudicate=True, overlap=2)
    [task] = await add_tasks(queue_id, [pair()], overlap=2)
    for name, said in (("bea", "A"), ("cy", "B")):
        await say(pool, await new_reviewer(name), {task: said}, queue_id)
    await publish(lead, queue_id, breaking=True)
    [row] = await query(pool, "SELECT state, slots_free FROM review_task WHERE id = %s", task)
    assert row == {"state": "open", "slots_free": 2}
    assert await broken_promises(pool) == []
