import asyncio
from typing import Any

import orjson
import pytest
from fixtures_postgres import Api
from interoping import ANSWERS, fetch, item, new_queue, send
from reviewing import answer, give, query, take

from services.database.pool import Pool
from services.review.interop import repository

VOID = "UPDATE assignment SET state = 'voided' WHERE id = %s"
DECIDE = """
INSERT INTO adjudication (task_id, adjudicator, label, answer, cause, note)
SELECT id, 'ada', 'B', '{"preference": 3}', 'slip', 'so' FROM review_task WHERE item_id = 'it-0'
"""


async def filled(api: Api, count: int = 3, kind: str = "pairwise", **terms: Any) -> str:
    """A queue with so many tasks."""
    queue = await new_queue(api, kind, **terms)
    rows = [{"item_id": f"it-{n}", "item": item(kind, f"answer {n}")} for n in range(count)]
    assert (await send(api, queue, rows)).status_code == 200
    return queue


async def test_lines_hold_the_task_and_who_said_what(api: Api, new_reviewer: Any) -> None:
    queue = await filled(api, 1, overlap=2)
    [lease] = await take(api.reviewer, 1, queue)
    await answer(api.reviewer, lease["id"], "tie", active_ms=1234, comment="hm")
    [task] = await fetch(api, queue)
    assert (task["item_id"], task["state"], task["kind"]) == ("it-0", "open", "pairwise")
    assert task["item"] == item("pairwise", "answer 0")
    [said] = task["answers"]
    assert said.pop("answered_at") > "2000"
    assert said == {
        "reviewer": "ada",
        "label": "tie",
        "answer": {"preference": 0},
        "comment": "hm",
        "guideline_n": 1,
        "active_ms": 1234,
        "simulated": False,
        "counted": True,
    }


async def test_only_what_is_done_goes_out_unless_all_is_asked_for(api: Api) -> None:
    queue = await filled(api)
    [lease] = await take(api.reviewer, 1, queue)
    await answer(api.reviewer, lease["id"])
    assert len(await fetch(api, queue, state="done")) == 1
    assert len(await fetch(api, queue)) == 3


async def test_a_voided_answer_is_not_exported_and_a_surplus_one_does_not_count(
    api: Api, pool: Pool, new_reviewer: Any
) -> None:
    queue = await filled(api, 2, overlap=2)
    bob = await new_reviewer("bob")
    leases = await take(api.reviewer, 2, queue)
    for lease in leases:
        await answer(api.reviewer, lease["id"])
    await query(pool, VOID, leases[0]["id"])
    [late] = await take(bob, 1, queue)
    await query(
        pool, "UPDATE assignment SET state = 'released', ended_at = now() WHERE id = %s", late["id"]
    )
    await query(pool, "UPDATE assignment SET state = 'surplus' WHERE id = %s", leases[1]["id"])
    said = [each["counted"] for task in await fetch(api, queue) for each in task["answers"]]
    assert said == [False]


async def test_an_adjudication_stands_beside_the_answers(api: Api, pool: Pool) -> None:
    queue = await filled(api, 1)
    [lease] = await take(api.reviewer, 1, queue)
    await answer(api.reviewer, lease["id"])
    await query(pool, DECIDE)
    [task] = await fetch(api, queue)
    assert (task["adjudication"]["label"], task["adjudication"]["cause"]) == ("B", "slip")
    [row] = await fetch(api, queue, format="trl")
    assert (row["chosen"], row["adjudicated"]) == (item("pairwise")["b"], True)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5])
@pytest.mark.parametrize("format", ["jsonl", "label_studio"])
async def test_pages_make_one_sound_file(
    api: Api, monkeypatch: pytest.MonkeyPatch, count: int, format: str
) -> None:
    monkeypatch.setattr(repository, "PAGE", 2)
    queue = await new_queue(api)
    rows = [{"item_id": f"it-{n}", "item": item("pairwise")} for n in range(count)]
    if rows:
        await send(api, queue, rows)
    assert len(await fetch(api, queue, format=format)) == count


@pytest.mark.parametrize("kind", list(ANSWERS))
@pytest.mark.parametrize("format", ["label_studio", "argilla"])
async def test_what_a_tool_gets_comes_back_with_its_ids(
    api: Api, pool: Pool, kind: str, format: str
) -> None:
    queue, other = await filled(api, 2, kind), await new_queue(api, kind, "other")
    [lease] = await take(api.reviewer, 1, queue)
    shown = {**ANSWERS[kind]}
    assert (await give(api.reviewer, lease["id"], shown)).status_code == 200
    records = await fetch(api, queue, format=format)
    back = (await send(api, other, records, format=format)).json()
    assert (back["added"], back["answers_left_out"], back["bad"]) == (2, 1, 0)
    pairs = await query(
        pool,
        "SELECT item_id, count(*) AS n, count(DISTINCT payload::text) AS payloads "
        "FROM review_task GROUP BY item_id",
    )
    assert [(row["n"], row["payloads"]) for row in pairs] == [(2, 1), (2, 1)]


async def test_trainers_get_what_the_majority_says(api: Api, new_reviewer: Any) -> None:
    queue = await filled(api, 2, overlap=3)
    verdicts = {"ada": ("A", "A"), "bob": ("A", "B"), "eve": ("B", "tie")}
    for name, (first, second) in verdicts.items():
        client = api.reviewer if name == "ada" else await new_reviewer(name)
        for lease in await take(client, 2, queue):
            is_first = "answer 0" in str(lease["item"])
            left = "answer" in str(lease["item"]["a"])
            said = first if is_first else second
            swapped = {"A": "B", "B": "A", "tie": "tie"}[said]
            await answer(client, lease["id"], said if left else swapped)
    [row] = await fetch(api, queue, format="trl")
    assert row.pop("agreement") == pytest.approx(2 / 3)
    assert row == {
        "prompt": item("pairwise")["prompt"],
        "chosen": item("pairwise", "answer 0")["a"],
        "rejected": item("pairwise")["b"],
        "margin": 2.0,
        "form": "preference",
        "item_id": "it-0",
        "answers": 3,
        "adjudicated": False,
        "simulated": False,
    }


async def test_a_trainers_file_may_have_one_form_only(api: Api) -> None:
    queue = await filled(api, 1, "rewrite")
    [lease] = await take(api.reviewer, 1, queue)
    await give(api.reviewer, lease["id"], ANSWERS["rewrite"])
    assert {row["form"] for row in await fetch(api, queue, format="trl")} == {"sft", "preference"}
    [row] = await fetch(api, queue, format="trl", form="sft")
    assert row["messages"][-1]["content"] == ANSWERS["rewrite"]["text"]


async def test_other_tools_are_told_what_to_ask(api: Api) -> None:
    queue = await new_queue(api, overlap=3, body="Read well.")
    path = f"/v1/queues/{queue}/export/settings"
    studio = (await api.operator.get(path, params={"tool": "label_studio"})).json()
    argilla = (await api.operator.get(path, params={"tool": "argilla"})).json()
    assert 'name="preference"' in studio["label_config"]
    assert argilla["dataset"]["guidelines"] == "Read well."
    assert argilla["dataset"]["distribution"]["min_submitted"] == 3


async def test_a_kind_that_a_tool_cannot_show_is_refused_before_the_file_begins(api: Api) -> None:
    queue = await new_queue(api, "facts")
    for path in ("export?format=argilla", "export/settings?tool=label_studio"):
        refused = await api.operator.get(f"/v1/queues/{queue}/{path}")
        assert refused.status_code == 422
        assert "format=jsonl" in refused.json()["detail"]


async def test_only_those_who_look_after_a_queue_export_it(api: Api) -> None:
    queue = await new_queue(api)
    path = f"/v1/queues/{queue}/export"
    statuses = [
        (await client.get(path)).status_code
        for client in (api.reviewer, api.lab, api.anonymous, api.operator)
    ]
    assert statuses == [403, 403, 401, 200]
    assert (await api.operator.get(path.replace(queue, "que_" + "0" * 32))).status_code == 404


async def test_readers_that_go_away_or_wait_keep_no_connection(api: Api) -> None:
    queue = await filled(api, 400, "rating")
    path = f"/v1/queues/{queue}/export?state=all"
    for _ in range(12):
        async with api.operator.stream("GET", path) as response:
            assert response.status_code == 200
    files = await asyncio.gather(*[fetch(api, queue) for _ in range(6)])
    assert {len(file) for file in files} == {400}
    assert orjson.dumps(files[0]) == orjson.dumps(files[-1])
