"""Evidence is told to the lead and to the writer; a person decides what comes of it."""

from typing import Any

import pytest
from fixtures_postgres import Api
from looking_after import pair, say
from reviewing import query

from services.database.pool import Pool


@pytest.fixture
async def flag(api: Api, new_queue: Any, add_tasks: Any, pool: Pool) -> str:
    """Evidence on an answer of ada's."""
    queue_id = await new_queue()
    [task] = await add_tasks(queue_id, [pair()])
    given = (await say(pool, api.reviewer, {}, queue_id))[task]
    [row] = await query(
        pool,
        "INSERT INTO flag (assignment_id, rule, severity, measured, raised_by) "
        "VALUES (%s, 'pasted', 'suspect', '{\"share\": 0.9}', 'platform') RETURNING id",
        given,
    )
    flag_id: str = row["id"]
    return flag_id


async def test_a_lead_looks_and_decides(lead: Any, flag: str, pool: Pool) -> None:
    [listed] = (await lead.get("/v1/flags")).json()["data"]
    assert (listed["id"], listed["reviewer"], listed["measured"]) == (flag, "ada", {"share": 0.9})
    path = f"/v1/flags/{flag}/resolve"
    resolved = await lead.post(path, json={"uphold": False, "note": "a quote"})
    assert (resolved.status_code, resolved.json()["state"]) == (200, "dismissed")
    assert (await lead.get("/v1/flags")).json()["data"] == []
    [closed] = (await lead.get("/v1/flags", params={"state": "dismissed"})).json()["data"]
    assert closed["note"] == "a quote"
    assert len((await lead.get("/v1/flags", params={"state": "all"})).json()["data"]) == 1
    assert (await lead.post(path, json={"uphold": True})).status_code == 404
    assert await query(pool, "SELECT state FROM assignment") == [{"state": "submitted"}]


async def test_the_writer_is_told_and_the_lead_is_not_named(api: Api, lead: Any, flag: str) -> None:
    await lead.post(f"/v1/flags/{flag}/resolve", json={"uphold": True, "note": "please cite"})
    told = (await api.reviewer.get("/v1/me/flags")).json()
    [mine] = told["flags"]
    assert (mine["rule"], mine["state"], mine["note"]) == ("pasted", "upheld", "please cite")
    assert mine["by_me"] is False
    assert "operator" not in str(told)


async def test_a_voided_answer_is_told_with_its_reason(
    api: Api, lead: Any, second_lead: Any, flag: str, pool: Pool
) -> None:
    [row] = await query(pool, "SELECT assignment_id FROM flag")
    path = f"/v1/assignments/{row['assignment_id']}/void"
    await lead.post(path, json={"reason": "copied"})
    assert (await api.reviewer.get("/v1/me/flags")).json()["voids"] == []
    await second_lead.post(f"{path}/confirm", json={"confirm": True})
    [void] = (await api.reviewer.get("/v1/me/flags")).json()["voids"]
    assert void["reason"] == "copied"


async def test_flags_are_the_tenants_own(
    api: Api, stranger: Any, new_reviewer: Any, flag: str
) -> None:
    assert (await stranger.get("/v1/flags")).json()["data"] == []
    path = f"/v1/flags/{flag}/resolve"
    assert (await stranger.post(path, json={"uphold": True})).status_code == 404
    assert (await api.reviewer.get("/v1/flags")).status_code == 403
    bea = await new_reviewer("bea")
    assert (await bea.get("/v1/me/flags")).json()["flags"] == []
