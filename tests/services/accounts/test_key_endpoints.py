"""Keys over REST: who makes, replaces and ends them, and what they open."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fixtures_postgres import Api, client_for
from ordering import place
from people import add_person, log_in
from reviewing import query

from services.database.pool import Pool, transaction


async def made(client: httpx.AsyncClient, **wanted: Any) -> dict[str, Any]:
    response = await client.post("/v1/api-keys", json=wanted)
    assert response.status_code == 201, response.text
    assert response.headers["location"] == f"/v1/api-keys/{response.json()['key']['id']}"
    return dict(response.json())


async def status(api: Api, secret: str, path: str = "/v1/orders") -> int:
    async with client_for(api.url, secret) as client:
        return (await client.get(path)).status_code


async def test_a_new_key_opens_its_tenant_and_is_told_once(api: Api) -> None:
    new = await made(api.lab, name="nightly")
    assert new["secret"].startswith("ing_live_" + new["key"]["id"])
    assert await status(api, new["secret"]) == 200
    seen = (await api.lab.get(f"/v1/api-keys/{new['key']['id']}")).json()
    assert (seen["name"], seen["scopes"], seen["test"]) == ("nightly", None, False)
    assert seen["last_used_at"] is not None
    listed = await api.lab.get("/v1/api-keys")
    assert new["secret"] not in listed.text
    assert new["key"]["id"] in [key["id"] for key in listed.json()["data"]]


async def test_a_key_with_scopes_may_do_these_only(api: Api) -> None:
    secret = (await made(api.lab, scopes=["orders:read", "keys:write"]))["secret"]
    assert await status(api, secret) == 200
    async with client_for(api.url, secret) as client:
        refused = await client.get("/v1/audit-events")
        assert refused.status_code == 403
        assert "audit:read" in refused.json()["detail"]
        beyond = await client.post("/v1/api-keys", json={"scopes": ["orders:write"]})
        assert beyond.status_code == 422
        assert "orders:write" in beyond.json()["detail"]
        whole = await made(client)
    assert whole["key"]["scopes"] == ["keys:write", "orders:read"]


async def test_a_key_ends_when_it_was_to(api: Api, pool: Pool) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    new = await made(api.lab, expires_at=soon.isoformat())
    assert await status(api, new["secret"]) == 200
    await query(
        pool,
        "UPDATE api_key SET expires_at = now() WHERE prefix = %s RETURNING 1",
        new["key"]["id"],
    )
    assert await status(api, new["secret"]) == 401
    past = await api.lab.post("/v1/api-keys", json={"expires_at": "2020-01-01T00:00:00Z"})
    assert past.status_code == 422


async def test_a_revoked_key_opens_nothing_and_may_be_revoked_again(api: Api) -> None:
    new = await made(api.lab)
    for _ in range(2):
        gone = await api.lab.delete(f"/v1/api-keys/{new['key']['id']}")
        assert gone.status_code == 204
    assert await status(api, new["secret"]) == 401
    assert (await api.lab.get(f"/v1/api-keys/{new['key']['id']}")).json()["revoked_at"]


async def test_both_keys_work_while_one_replaces_the_other(api: Api, pool: Pool) -> None:
    old = await made(api.lab, name="nightly", scopes=["orders:read"])
    path = f"/v1/api-keys/{old['key']['id']}"
    new = (await api.lab.post(f"{path}/rotate", json={"overlap_hours": 2})).json()
    assert (new["key"]["name"], new["key"]["scopes"]) == ("nightly", ["orders:read"])
    assert await status(api, old["secret"]) == await status(api, new["secret"]) == 200
    left = datetime.fromisoformat((await api.lab.get(path)).json()["expires_at"])
    assert timedelta(hours=1) < left - datetime.now(UTC) <= timedelta(hours=2)
    assert (await api.lab.post(f"{path}/rotate", json={})).status_code == 409
    at_once = f"/v1/api-keys/{new['key']['id']}/rotate"
    newest = (await api.lab.post(at_once, json={"overlap_hours": 0})).json()
    assert await status(api, new["secret"]) == 401
    assert await status(api, newest["secret"]) == 200


async def test_a_rehearsal_sees_nothing_of_what_is_live(api: Api) -> None:
    new = await made(api.lab, test=True)
    assert new["secret"].startswith("ing_test_")
    async with client_for(api.url, new["secret"]) as rehearsing:
        refused = await rehearsing.post("/v1/api-keys", json={})
        assert refused.status_code == 422
        again = await made(rehearsing, test=True)
        live = (await api.lab.get("/v1/api-keys")).json()["data"][0]["id"]
        for path in (f"/v1/api-keys/{live}", f"/v1/api-keys/{live}/rotate"):
            method = "POST" if path.endswith("rotate") else "GET"
            hidden = await rehearsing.request(method, path, json={} if method == "POST" else None)
            assert hidden.status_code == 404
    listed = (await api.lab.get("/v1/api-keys", params={"test": True})).json()["data"]
    assert {key["id"] for key in listed} == {new["key"]["id"], again["key"]["id"]}


@pytest.mark.parametrize("act", ["get", "delete", "rotate"])
async def test_another_labs_key_is_not_there(api: Api, act: str) -> None:
    path = f"/v1/api-keys/{(await made(api.lab))['key']['id']}"
    if act == "rotate":
        response = await api.other_lab.post(f"{path}/rotate", json={})
    else:
        response = await api.other_lab.request(act, path)
    assert response.status_code == 404


async def test_keys_come_in_pages(api: Api) -> None:
    for _ in range(3):
        await made(api.lab)
    whole = (await api.lab.get("/v1/api-keys")).json()
    assert (whole["has_more"], whole["next"]) == (False, None)
    first = (await api.lab.get("/v1/api-keys", params={"limit": 2})).json()
    rest = await api.lab.get("/v1/api-keys", params={"starting_after": first["next"]})
    assert first["data"] + rest.json()["data"] == whole["data"]


async def test_a_key_as_it_was_before_still_opens(api: Api, pool: Pool) -> None:
    new = await made(api.lab)
    before = "ing_" + new["secret"].removeprefix("ing_live_")
    assert await status(api, before) == 200
    async with transaction(pool) as conn:
        rows = await conn.execute("SELECT api_key::text AS row FROM api_key")
        assert not any(new["secret"][-64:] in row["row"] for row in await rows.fetchall())


async def test_nobody_makes_a_key_that_may_more_than_they(api: Api, pool: Pool) -> None:
    await add_person(pool, "ann", "admin")
    async with log_in(api, "ann") as admin:
        new = await made(admin)
        assert new["key"]["scopes"] == ["audit:read", "keys:write"]
    assert await status(api, new["secret"]) == 403


async def test_an_operators_and_a_reviewers_keys_are_not_a_labs(api: Api, pool: Pool) -> None:
    rows = await query(pool, "SELECT prefix, role FROM api_key WHERE tenant_id = 'acme'")
    seen = [key["role"] for key in (await api.lab.get("/v1/api-keys")).json()["data"]]
    assert seen == ["lab"]
    for row in rows:
        path = f"/v1/api-keys/{row['prefix']}"
        assert (await api.operator.get(path)).status_code == 200
        if row["role"] != "lab":
            assert (await api.lab.delete(path)).status_code == 404
            assert (await api.operator.post(f"{path}/rotate", json={})).status_code == 409


async def test_a_key_that_ends_is_replaced_by_one_that_ends(api: Api) -> None:
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    old = await made(api.lab, expires_at=soon)
    new = await api.lab.post(f"/v1/api-keys/{old['key']['id']}/rotate", json={})
    assert new.json()["key"]["expires_at"] == old["key"]["expires_at"]


async def test_a_rehearsal_reaches_neither_machines_nor_people(api: Api, pool: Pool) -> None:
    async with client_for(api.url, (await made(api.lab, test=True))["secret"]) as rehearsing:
        refused = await place(rehearsing)
    assert refused.status_code == 422
    assert "ing_live_" in refused.json()["detail"]
    assert await query(pool, "SELECT 1 FROM orders") == []
