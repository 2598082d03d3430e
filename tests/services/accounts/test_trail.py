"""The audit trail is a chain that its tenant can check."""

import hashlib
import json
from typing import Any

import psycopg
import pytest
from fixtures_postgres import Api
from ordering import place
from reviewing import query

from services.database import trail
from services.database.pool import Pool, transaction


async def events(api: Api, **params: Any) -> list[dict[str, Any]]:
    response = await api.lab.get("/v1/audit-events", params=params)
    assert response.status_code == 200, response.text
    return list(response.json()["data"])


def check(found: list[dict[str, Any]], before: bytes = b"") -> None:
    """What anybody can do who knows SHA-256."""
    for event in found:
        before = hashlib.sha256(before + event["line"].encode()).digest()
        assert event["hash"] == before.hex()
        _, _, _, actor, action, object_id, detail = json.loads(event["line"])
        assert (actor, action, object_id) == (event["actor"], event["action"], event["object_id"])
        assert detail == event["detail"]


async def test_a_lab_can_check_its_trail(api: Api) -> None:
    order = (await place(api.lab)).json()
    await place(api.other_lab)
    lines = {"Content-Type": "application/x-ndjson"}
    await api.lab.post("/v1/files", content=b'{"prompt": "Is basil a herb?"}', headers=lines)
    found = await events(api)
    assert [event["n"] for event in found] == list(range(1, len(found) + 1))
    check(found)
    acts = {"key.created", "order.placed", "file.uploaded"}
    assert acts <= {event["action"] for event in found}
    mine = await events(api, object_id=order["id"])
    assert [event["action"] for event in mine] == ["order.placed"]


async def test_the_chain_goes_on_where_it_was(api: Api) -> None:
    first = await events(api)
    await place(api.lab)
    rest = await events(api, starting_after=first[-1]["n"])
    assert rest
    check(rest, bytes.fromhex(first[-1]["hash"]))


async def test_pages_of_the_trail_follow_one_another(api: Api) -> None:
    for _ in range(2):
        await place(api.lab)
    whole, page = await events(api), await api.lab.get("/v1/audit-events", params={"limit": 2})
    assert page.json()["has_more"]
    assert page.json()["data"] + await events(api, starting_after=page.json()["next"]) == whole


async def test_a_changed_event_breaks_the_chain(api: Api, pool: Pool) -> None:
    await place(api.lab)
    await events(api)
    async with transaction(pool) as conn:
        await conn.execute("ALTER TABLE audit_event DISABLE TRIGGER audit_event_append_only")
        await conn.execute("UPDATE audit_event SET actor = 'mallory' WHERE action = 'order.placed'")
    with pytest.raises(AssertionError):
        check(await events(api))


@pytest.mark.parametrize("sql", ["UPDATE audit_seal SET n = n + 100", "DELETE FROM audit_seal"])
async def test_seals_are_not_changed(api: Api, pool: Pool, sql: str) -> None:
    await events(api)
    async with transaction(pool) as conn:
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            await conn.execute(sql)


async def test_what_commits_late_is_sealed_later_and_never_left_out(pool: Pool) -> None:
    async with transaction(pool) as early:
        await trail.audit(early, "a", "begun.first", "x", {}, tenant="acme")
        async with transaction(pool) as late:
            await trail.audit(late, "b", "begun.second", "x", {}, tenant="acme")
        async with transaction(pool) as other:
            assert await trail.seal(other, "acme") == 0  # the second would stand before the first
    async with transaction(pool) as conn:
        assert await trail.seal(conn, "acme") == 2
        found = await trail.sealed(conn, "acme", 0, 10)
    assert [event["action"] for event in found] == ["begun.first", "begun.second"]


async def test_a_labs_trail_holds_nothing_of_reviewers(api: Api, pool: Pool) -> None:
    async with transaction(pool) as conn:
        await trail.audit(conn, "ada", "answer.submitted", "asg_1", {})
    assert "ada" not in {event["actor"] for event in await events(api)}
    rows = await query(pool, "SELECT tenant_id FROM audit_event WHERE actor = 'ada'")
    assert rows == [{"tenant_id": trail.PLATFORM}]
