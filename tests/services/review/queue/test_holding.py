from typing import Any

import pytest
from fixtures_postgres import Api
from items import pair
from people import add_person, log_in
from reviewing import answer, query, take

from services.database.pool import Pool

FREE = "SELECT slots_free FROM review_task"
TRAIL = "SELECT action, detail FROM audit_event WHERE object_id ~ '^asg_' ORDER BY id"


@pytest.fixture
async def lease(api: Api, new_queue: Any, fill: Any) -> dict[str, Any]:
    """The one task of the one queue, leased to ada."""
    await fill(await new_queue(), pair())
    [held] = await take(api.reviewer)
    return held


async def test_a_skipped_task_is_for_others_and_never_offered_again(
    api: Api, pool: Pool, lease: dict[str, Any], new_reviewer: Any
) -> None:
    path = f"/v1/assignments/{lease['id']}/skip"
    body = {"reason": "expertise", "note": "not my field"}
    for _ in range(2):
        assert (await api.reviewer.post(path, json=body)).status_code == 204
    assert await query(pool, FREE) == [{"slots_free": 1}]
    assert await query(pool, TRAIL) == [{"action": "task.skipped", "detail": body}]
    assert await take(api.reviewer) == []
    assert len(await take(await new_reviewer("bob"))) == 1


async def test_a_skipped_task_may_yet_be_answered(api: Api, lease: dict[str, Any]) -> None:
    path = f"/v1/assignments/{lease['id']}/skip"
    assert (await api.reviewer.post(path, json={"reason": "unclear"})).status_code == 204
    assert (await answer(api.reviewer, lease["id"])).json()["counted"] is True
    assert (await api.reviewer.post(path, json={"reason": "unclear"})).status_code == 409


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("skip", {"reason": "boring"}),
        ("skip", {}),
        ("skip", {"reason": "other", "note": "\x00"}),
        ("flag", {"rule": "ugly"}),
    ],
)
async def test_what_is_no_reason_is_422(
    api: Api, pool: Pool, lease: dict[str, Any], act: str, body: dict[str, Any]
) -> None:
    path = f"/v1/assignments/{lease['id']}/{act}"
    assert (await api.reviewer.post(path, json=body)).status_code == 422
    assert await query(pool, FREE) == [{"slots_free": 0}]


async def test_a_flag_is_raised_once_and_left_to_a_qa_lead(
    api: Api, pool: Pool, lease: dict[str, Any]
) -> None:
    path = f"/v1/assignments/{lease['id']}/flag"
    replies = [
        await api.reviewer.post(path, json={"rule": "private", "note": "a name"}) for _ in range(2)
    ]
    assert [reply.status_code for reply in replies] == [201, 201]
    assert replies[0].json() == replies[1].json()
    [flag] = await query(pool, "SELECT rule, severity, measured, raised_by, state FROM flag")
    assert (flag["rule"], flag["raised_by"], flag["state"]) == ("task_private", "ada", "open")
    assert flag["measured"] == {"note": "a name"}
    assert [row["action"] for row in await query(pool, TRAIL)] == ["task.flagged"]


async def test_an_older_draft_never_replaces_a_newer_one(api: Api, lease: dict[str, Any]) -> None:
    path = f"/v1/assignments/{lease['id']}"
    for seq in (1, 3, 2, 3):
        body = {"client_seq": seq, "body": {"preference": seq, "odd": "\x00"}}
        saved = (await api.reviewer.put(f"{path}/draft", json=body)).json()
    assert saved["client_seq"] == 3
    [again] = await take(api.reviewer)
    assert again["draft"] == {"client_seq": 3, "body": {"preference": 3, "odd": "\x00"}}
    await answer(api.reviewer, lease["id"])
    assert (await api.reviewer.get(path)).json()["draft"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"client_seq": -1, "body": {}},
        {"client_seq": 1, "body": []},
        {"client_seq": 1, "body": {"text": "x" * 1_000_001}},
        {"client_seq": 1},
    ],
)
async def test_a_draft_that_cannot_be_kept_is_422(
    api: Api, lease: dict[str, Any], body: dict[str, Any]
) -> None:
    path = f"/v1/assignments/{lease['id']}/draft"
    assert (await api.reviewer.put(path, json=body)).status_code == 422


async def test_answers_releases_and_revisions_are_on_the_trail(
    api: Api, pool: Pool, lease: dict[str, Any]
) -> None:
    await api.reviewer.post(f"/v1/assignments/{lease['id']}/release")
    for verdict in ("A", "B"):
        await answer(api.reviewer, lease["id"], verdict)
    assert [row["action"] for row in await query(pool, TRAIL)] == [
        "task.released",
        "answer.given",
        "answer.revised",
    ]


async def test_others_find_nothing(api: Api, lease: dict[str, Any], new_reviewer: Any) -> None:
    bob, path = await new_reviewer("bob"), f"/v1/assignments/{lease['id']}"
    replies = [
        await bob.get(path),
        await bob.put(f"{path}/draft", json={"client_seq": 1, "body": {}}),
        await bob.post(f"{path}/skip", json={"reason": "other"}),
        await bob.post(f"{path}/flag", json={"rule": "other"}),
    ]
    assert [reply.status_code for reply in replies] == [404] * 4


async def test_settings_are_kept_with_the_account(api: Api, pool: Pool) -> None:
    await add_person(pool, "eve")
    keys = {"keys": {"submit": "Ctrl+Enter"}}
    async with log_in(api, "eve") as eve:
        assert (await eve.put("/v1/me/settings", json=keys)).json() == keys
        assert (await eve.get("/v1/me")).json()["settings"] == keys
    assert (await api.reviewer.put("/v1/me/settings", json=keys)).status_code == 409
