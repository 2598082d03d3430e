import asyncio
from typing import Any

import orjson
import pytest
from fixtures_postgres import Api
from interoping import ANSWERS, NDJSON, fetch, item, lines, new_queue, says, send
from reviewing import give, query, take

from services.database.pool import Pool

SLOTS = """
SELECT item_id FROM review_task WHERE state <> 'gold'
AND (slots_free <> overlap OR answers_needed <> overlap OR state <> 'open')
"""


def rows(count: int, kind: str = "pairwise") -> list[dict[str, Any]]:
    return [{"item_id": f"it-{n}", "item": item(kind, f"answer {n}")} for n in range(count)]


async def test_imported_tasks_are_given_to_reviewers_by_priority(api: Api, pool: Pool) -> None:
    queue = await new_queue(api, overlap=2)
    sent = [{**row, "priority": n} for n, row in enumerate(rows(3))]
    response = await send(api, queue, sent)
    assert response.json() == {
        "added": 3,
        "gold": 0,
        "known": 0,
        "answers_left_out": 0,
        "bad": 0,
        "faults": [],
    }
    assert await query(pool, SLOTS) == []
    [lease] = await take(api.reviewer, 1, queue)
    assert "answer 2" in str(lease["item"])


async def test_the_same_import_again_adds_nothing(api: Api, pool: Pool) -> None:
    queue = await new_queue(api)
    await send(api, queue, rows(700))
    again = await send(api, queue, [*rows(700), *rows(1)])
    assert (again.json()["added"], again.json()["known"]) == (0, 701)
    assert len(await query(pool, "SELECT 1 FROM review_task")) == 700


async def test_two_imports_at_once_are_one(api: Api, pool: Pool) -> None:
    queue = await new_queue(api)
    both = await asyncio.gather(send(api, queue, rows(300)), send(api, queue, rows(300)))
    assert sum(each.json()["added"] for each in both) == 300
    assert len(await query(pool, "SELECT 1 FROM review_task")) == 300


async def test_a_bad_line_is_named_with_its_field_and_nothing_is_taken(
    api: Api, pool: Pool
) -> None:
    queue = await new_queue(api)
    sent = rows(600)
    sent[550]["item"]["b"] = [{"role": "robot", "content": "?"}]
    sent[580]["priority"] = "high"
    refused = await send(api, queue, sent)
    problem = refused.json()
    assert refused.status_code == 422
    assert problem["detail"].startswith("row 551: item.b.0.role: ")
    assert [fault["pointer"] for fault in problem["errors"]] == [
        "/550/item/b/0/role",
        "/580/priority",
    ]
    assert await query(pool, "SELECT 1 FROM review_task") == []


async def test_bad_lines_may_be_skipped_and_are_named(api: Api, pool: Pool) -> None:
    queue = await new_queue(api)
    body = lines(rows(2)) + b'\n{"item_id": "x", "item": 1}\nnot json\n' + lines(rows(3)[2:])
    result = (await send(api, queue, body, skip_bad="true")).json()
    assert (result["added"], result["bad"]) == (3, 2)
    assert [(fault["row"], fault["pointer"]) for fault in result["faults"]] == [
        (3, "/item"),
        (4, ""),
    ]
    assert len(await query(pool, "SELECT 1 FROM review_task")) == 3


@pytest.mark.parametrize("together", [True, False])
async def test_an_id_with_another_item_is_bad(api: Api, pool: Pool, together: bool) -> None:
    queue = await new_queue(api)
    changed = [{"item_id": "it-0", "item": item("pairwise", "something else")}]
    if not together:
        await send(api, queue, rows(1))
    refused = await send(api, queue, [*(rows(1) if together else []), *rows(2)[1:], *changed])
    assert refused.status_code == 422
    assert "item_id" in refused.json()["detail"]
    assert len(await query(pool, "SELECT 1 FROM review_task")) == (not together)


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (b"[]", "no rows"),
        (b"", "no rows"),
        (b"null", "Input should"),
        (b'{"item_id": ""}', "item_id"),
        (b'{"item_id": "a\\u0000", "item": {}}', "item_id"),
        (b'{"item_id": "a", "item": {}, "odd": 1}', "odd"),
        (b'{"item_id": "a", "item": {}, "kind": "rating"}', "kind"),
        (b'{"item_id": "a", "item": ' + b"[" * 5000 + b"]" * 5000 + b"}", "not JSON"),
        (b'{"item_id": "a", "item": {"prompt": "\xff"}}', "not JSON"),
        (
            b'{"item_id": "a", "priority": 1e10, "item": %s}' % orjson.dumps(item("pairwise")),
            "priority",
        ),
    ],
)
async def test_hostile_lines_are_refused(api: Api, line: bytes, field: str) -> None:
    refused = await send(api, await new_queue(api), line)
    assert refused.status_code == 422, refused.text
    assert field in refused.json()["detail"]


async def test_gold_is_known_beforehand_and_never_exported(api: Api, pool: Pool) -> None:
    queue = await new_queue(api)
    gold = {"expected": {"preference": 2}, "why": "A is wrong."}
    sent = [{"item_id": "g", "item": item("pairwise"), "gold": gold}, *rows(1)]
    assert (await send(api, queue, sent)).json()["gold"] == 1
    assert (await send(api, queue, sent)).json()["known"] == 2
    [known] = await query(pool, "SELECT label, why FROM gold")
    assert known == {"label": "B", "why": "A is wrong."}
    assert [task["item_id"] for task in await fetch(api, queue)] == ["it-0"]
    sent[0]["gold"] = {"expected": {"preference": -2}}
    assert (await send(api, queue, sent)).status_code == 422


async def test_gold_that_breaks_the_rubric_is_refused(api: Api) -> None:
    queue = await new_queue(api, rubric={"tie": False})
    sent = [{"item_id": "g", "item": item("pairwise"), "gold": {"expected": {"preference": 0}}}]
    refused = await send(api, queue, sent)
    assert refused.json()["errors"][0]["pointer"] == "/0/gold/expected/preference"


async def test_a_text_cannot_be_gold(api: Api) -> None:
    gold = {"expected": ANSWERS["write"]}
    sent = [{"item_id": "g", "item": item("write"), "gold": gold}]
    refused = await send(api, await new_queue(api, "write"), sent)
    assert refused.json()["errors"][0]["pointer"] == "/0/gold/expected"


async def test_a_training_queue_takes_gold_only(api: Api) -> None:
    queue = await new_queue(api, purpose="training", grants="chemistry")
    refused = await send(api, queue, rows(1))
    assert refused.json()["errors"][0]["pointer"] == "/0/gold"


async def test_an_own_export_can_be_imported_and_its_answers_become_gold(
    api: Api, pool: Pool
) -> None:
    queue, other = await new_queue(api), await new_queue(api, name="other")
    await send(api, queue, rows(2))
    [lease] = await take(api.reviewer, 1, queue)
    await give(api.reviewer, lease["id"], {"preference": 1})
    exported = await fetch(api, queue)
    left_out = (await send(api, other, exported)).json()
    assert (left_out["added"], left_out["answers_left_out"]) == (2, 1)
    taken = (await send(api, other, exported, answers="gold")).json()
    assert (taken["gold"], taken["known"]) == (1, 1)


async def test_only_a_tenants_own_open_queues_take_tasks(
    api: Api, new_batch: Any, tasks: Any, pool: Pool
) -> None:
    queue = await new_queue(api)
    path = f"/v1/queues/{queue}/tasks"
    for client, status in ((api.reviewer, 403), (api.other_lab, 403), (api.anonymous, 401)):
        reply = await client.post(path, content=lines(rows(1)), headers=NDJSON)
        assert reply.status_code == status
    assert (await send(api, "que_" + "0" * 32, rows(1))).status_code == 404
    wrong = await api.operator.post(path, content=b"x", headers={"Content-Type": "text/csv"})
    assert wrong.status_code == 415
    await api.operator.patch(f"/v1/queues/{queue}", json={"state": "closed"})
    assert (await send(api, queue, rows(1))).status_code == 409
    await new_batch(tasks(1))
    [of_order] = await query(pool, "SELECT id FROM queue WHERE order_id IS NOT NULL")
    assert (await send(api, of_order["id"], rows(1))).status_code == 409


async def test_a_file_may_be_larger_than_other_bodies(api: Api) -> None:
    big = [{"item_id": f"{n}", "item": item("rating", "long " * 70_000)} for n in range(7)]
    queue = await new_queue(api, "rating")
    assert (await send(api, queue, big)).json()["added"] == 7
    for each in big:
        each["item"]["completion"] = says("short")
    refused = await send(api, queue, big)
    assert len(refused.json()["errors"]) == 7


async def test_what_was_imported_is_on_the_audit_trail_and_no_file_is_left(
    api: Api, pool: Pool
) -> None:
    queue = await new_queue(api)
    await send(api, queue, rows(2))
    await send(api, queue, b"no json")
    trail = await query(pool, "SELECT detail FROM audit_event WHERE action = 'tasks.imported'")
    assert [row["detail"]["added"] for row in trail] == [2]
    assert list((api.settings.home / "imports").iterdir()) == []
