"""A reviewer's own record: everything that is theirs, gold only in a sum."""

from typing import Any

from fixtures_postgres import Api
from looking_after import pair, say
from reviewing import query

from services.database.pool import Pool


async def stats(client: Any) -> dict[str, Any]:
    response = await client.get("/v1/me/stats")
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_figures_are_ones_own(
    api: Api, new_queue: Any, new_reviewer: Any, add_tasks: Any, pool: Pool
) -> None:
    queue_id = await new_queue(overlap=2)
    tasks = await add_tasks(queue_id, [pair(n) for n in range(4)], overlap=2)
    await say(pool, api.reviewer, dict.fromkeys(tasks, "A"), queue_id, active_ms=2000)
    bea = await new_reviewer("bea")
    await say(pool, bea, dict.fromkeys(tasks[:3], "A") | {tasks[3]: "B"}, queue_id, active_ms=4000)
    found = await stats(api.reviewer)
    assert (found["counted"], found["surplus"], found["voided"]) == (4, 0, 0)
    assert (found["agreement"]["count"], found["agreement"]["of"]) == (3, 4)
    [queue] = found["queues"]
    assert (queue["queue_id"], queue["median_ms"], queue["speed"]) == (queue_id, 2000, 1.5)
    assert (await stats(await new_reviewer("cy")))["queues"] == []


async def test_gold_is_told_in_whole_tens(api: Api, lead: Any, new_queue: Any, pool: Pool) -> None:
    queue_id = await new_queue(gold_every=1)
    for number in range(12):
        body = {"item": pair(number), "expected": {"preference": 1}}
        assert (await lead.post(f"/v1/queues/{queue_id}/gold", json=body)).status_code == 201
    given = await say(pool, api.reviewer, {}, queue_id)
    assert len(given) == 12
    gold = (await stats(api.reviewer))["gold"]
    assert (gold["count"], gold["of"]) == (0, 10)
    kept = list(given.values())[:9]
    await query(pool, "DELETE FROM gold_result WHERE NOT assignment_id = ANY(%s)", kept)
    assert (await stats(api.reviewer))["gold"]["of"] == 0


async def test_the_ledger_tells_each_answer_each_day_and_all(
    api: Api, lead: Any, second_lead: Any, new_queue: Any, add_tasks: Any, pool: Pool
) -> None:
    queue_id = await new_queue(pay_minor=30)
    await add_tasks(queue_id, [pair(n) for n in range(3)])
    given = await say(pool, api.reviewer, {}, queue_id, active_ms=500)
    first = next(iter(given.values()))
    await lead.post(f"/v1/assignments/{first}/void", json={"reason": "x"})
    await second_lead.post(f"/v1/assignments/{first}/void/confirm", json={"confirm": True})
    ledger = (await api.reviewer.get("/v1/me/ledger", params={"limit": 2})).json()
    last = ledger["data"][-1]["assignment_id"]
    rest = (await api.reviewer.get("/v1/me/ledger", params={"before": last})).json()["data"]
    entries = {each["assignment_id"]: each for each in [*ledger["data"], *rest]}
    assert entries.keys() == set(given.values())
    assert entries[first]["state"] == "voided"
    assert ledger["totals"] == [
        {"currency": "EUR", "answers": 3, "active_ms": 1500, "amount_minor": 90}
    ]
    [day] = ledger["days"]
    assert (day["answers"], day["amount_minor"]) == (3, 90)


async def test_others_see_nothing_of_it(
    api: Api, lead: Any, new_queue: Any, new_reviewer: Any, add_tasks: Any, pool: Pool
) -> None:
    queue_id = await new_queue(pay_minor=30)
    await add_tasks(queue_id, [pair()])
    given = await say(pool, api.reviewer, {}, queue_id)
    bea = await new_reviewer("bea")
    page = {"before": next(iter(given.values()))}
    assert (await bea.get("/v1/me/ledger", params=page)).json()["data"] == []
    for what in ("stats", "ledger", "flags"):
        assert (await lead.get(f"/v1/me/{what}")).status_code == 403
