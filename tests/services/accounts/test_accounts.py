"""Accounts, as admins keep them over REST."""

from typing import Any

import pytest
from fixtures_postgres import Api, client_for
from people import PASSWORD, add_person, log_in
from reviewing import query

from services.accounts.keys import create_key
from services.database.pool import Pool, transaction

NEW = {"login": "Ada@example.org", "roles": ["reviewer"], "pseudonym": "p-ada"}


async def test_an_account_is_made_with_a_one_time_password(api: Api) -> None:
    made = await api.operator.post("/v1/accounts", json=NEW)
    assert made.status_code == 201
    account, password = made.json()["account"], made.json()["one_time_password"]
    assert (account["login"], account["pseudonym"]) == ("ada@example.org", "p-ada")
    async with log_in(api, "ada@example.org", password) as client:
        current = (await client.get("/v1/sessions/current")).json()
        assert current["must_change_password"]
    listed = (await api.operator.get("/v1/accounts")).json()["data"]
    assert listed == [account]


@pytest.mark.parametrize(
    "taken", [{"login": "ADA@example.org"}, {"login": "eve", "pseudonym": "P-ADA".lower()}]
)
async def test_a_name_is_given_once(api: Api, taken: dict[str, str]) -> None:
    await api.operator.post("/v1/accounts", json=NEW)
    refused = await api.operator.post("/v1/accounts", json=taken)
    assert (refused.status_code, "taken" in refused.text or "has an account" in refused.text) == (
        409,
        True,
    )


async def test_the_pseudonym_of_a_key_is_not_taken_over(api: Api) -> None:
    refused = await api.operator.post("/v1/accounts", json={"login": "eve", "pseudonym": "ada"})
    assert refused.status_code == 409


@pytest.mark.parametrize(
    "fields",
    [
        {"login": ""},
        {"login": "a b"},
        {"login": "a\x00"},
        {"login": "x" * 255},
        {"roles": []},
        {"roles": ["operator"]},
        {"pseudonym": "ada@example.org"},
        {"more": 1},
    ],
)
async def test_what_does_not_fit_is_refused(api: Api, fields: dict[str, Any]) -> None:
    refused = await api.operator.post("/v1/accounts", json=NEW | fields)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"].startswith(f"/{next(iter(fields))}")


async def test_new_roles_hold_from_the_next_request_on(api: Api, pool: Pool) -> None:
    account = await add_person(pool, "ada", "reviewer", pseudonym="p-ada")
    async with log_in(api, "ada") as ada:
        assert (await ada.get("/v1/accounts")).status_code == 403
        change = {"roles": ["admin", "admin"]}
        changed = await api.operator.patch(f"/v1/accounts/{account}", json=change)
        assert changed.json()["roles"] == ["admin"]
        assert (await ada.get("/v1/accounts")).status_code == 200
    rows = await query(pool, "SELECT actor, detail FROM audit_event WHERE action = 'account.roles'")
    assert rows[0]["detail"] == {"before": ["reviewer"], "roles": ["admin"]}
    assert rows[0]["actor"].startswith("operator:acme:")


async def test_accounts_of_another_tenant_do_not_exist(api: Api, pool: Pool) -> None:
    account = await add_person(pool, "ada")
    async with transaction(pool) as conn:
        key = await create_key(conn, "operator", "other")
    async with client_for(api.url, key) as other:
        assert (await other.get("/v1/accounts")).json() == {"data": []}
        for request in (
            other.patch(f"/v1/accounts/{account}", json={"disabled": True}),
            other.post(f"/v1/accounts/{account}/password"),
        ):
            assert (await request).status_code == 404
    async with log_in(api, "ada", PASSWORD):
        pass


async def test_a_new_one_time_password_ends_all_sessions(api: Api, pool: Pool) -> None:
    account = await add_person(pool, "ada")
    async with log_in(api, "ada") as ada:
        made = await api.operator.post(f"/v1/accounts/{account}/password")
        assert (await ada.get("/v1/sessions/current")).status_code == 401
    async with log_in(api, "ada", made.json()["one_time_password"]):
        pass


async def test_a_disabled_account_may_be_enabled_again(api: Api, pool: Pool) -> None:
    account = await add_person(pool, "ada")
    for disabled in (True, False):
        await api.operator.patch(f"/v1/accounts/{account}", json={"disabled": disabled})
    async with log_in(api, "ada"):
        pass


@pytest.mark.parametrize("role", ["lab", "reviewer", "anonymous"])
async def test_nobody_else_keeps_accounts(api: Api, role: str) -> None:
    client = getattr(api, role)
    assert (await client.get("/v1/accounts")).status_code in (401, 403)
    assert (await client.post("/v1/accounts", json=NEW)).status_code in (401, 403)
