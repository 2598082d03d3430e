"""Log-in, log-out, sessions and passwords."""

import pytest
from fixtures_postgres import Api
from people import PASSWORD, add_person, browser_at, enter, keep_cookie, log_in
from reviewing import query

from ingot.settings import Settings
from services.accounts import cookies, passwords, service, sessions
from services.database.pool import Pool, transaction

CURRENT = "/v1/sessions/current"


async def test_who_logs_in_may_do_what_their_roles_allow(api: Api, pool: Pool) -> None:
    await add_person(pool, "ada@example.org", "reviewer", pseudonym="p-ada")
    async with log_in(api, "ADA@example.org ") as ada:
        current = (await ada.get(CURRENT)).json()
        assert (current["pseudonym"], current["roles"]) == ("p-ada", ["reviewer"])
        assert (await ada.get("/v1/accounts")).status_code == 403
        assert (await ada.get("/v1/orders")).status_code == 403
    rows = await query(pool, "SELECT actor, action FROM audit_event WHERE action ~ '^session'")
    assert [(row["actor"], row["action"]) for row in rows] == [("p-ada", "session.opened")]


async def test_the_cookie_is_bound_to_host_and_tls_and_hidden_from_scripts(
    api: Api, pool: Pool
) -> None:
    await add_person(pool, "ada")
    async with browser_at(api.url) as client:
        cookie = (await enter(client, "ada")).headers["Set-Cookie"]
    name, *attributes = cookie.split("; ")
    assert name.startswith("__Host-ingot=")
    assert set(attributes) == {"HttpOnly", "Path=/", "SameSite=lax", "Secure"}


async def test_without_tls_only_where_it_is_asked_for() -> None:
    assert cookies.name_of("ingot", Settings(cookie_without_tls=True)) == "ingot"
    with pytest.raises(ValueError, match="INGOT_COOKIE_WITHOUT_TLS"):
        Settings(environment="production", database_url="postgres://x", cookie_without_tls=True)


async def test_wrong_unknown_and_disabled_look_the_same(api: Api, pool: Pool) -> None:
    await add_person(pool, "ada")
    gone = await add_person(pool, "gone")
    await query(pool, "UPDATE account SET disabled_at = now() WHERE id = %s", gone)
    async with browser_at(api.url) as client:
        refused = [
            await enter(client, login, password)
            for login, password in (("ada", "x" * 12), ("nobody", PASSWORD), ("gone", PASSWORD))
        ]
    assert {response.status_code for response in refused} == {401}
    assert len({response.text for response in refused}) == 1
    rows = await query(pool, "SELECT detail FROM audit_event WHERE action = 'session.refused'")
    assert [row["detail"] for row in rows] == [{"address": "127.0.0.1"}] * 3


async def test_an_unknown_log_in_is_checked_against_a_hash_that_costs_the_same() -> None:
    assert not passwords.HASHER.check_needs_rehash(passwords.NOBODY)
    assert not await passwords.matches("", "")
    assert not await passwords.matches("not a hash", "x")


async def test_accents_match_however_they_were_typed() -> None:
    kept = await passwords.make_hash("caf\u00e9 caf\u00e9 caf\u00e9")
    assert await passwords.matches(kept, "cafe\u0301 cafe\u0301 cafe\u0301")
    assert not await passwords.matches(kept, "cafe cafe cafe")


async def test_log_in_gives_a_new_token_and_ends_the_session_before(api: Api, pool: Pool) -> None:
    await add_person(pool, "ada")
    async with log_in(api, "ada") as client:
        before = client.headers["Cookie"]
        await enter(client, "ada")
        assert client.headers["Cookie"] != before
        assert (await client.get(CURRENT)).status_code == 200
        assert (await client.get(CURRENT, headers={"Cookie": before})).status_code == 401


async def test_a_cookie_that_an_attacker_planted_never_becomes_a_session(
    api: Api, pool: Pool
) -> None:
    await add_person(pool, "ada")
    planted = {"Cookie": "__Host-ingot=planted"}
    async with browser_at(api.url, **planted) as client:
        assert (await enter(client, "ada")).status_code == 201
        assert (await client.get(CURRENT, headers=planted)).status_code == 401


async def test_log_out_ends_the_session(api: Api, pool: Pool) -> None:
    await add_person(pool, "ada")
    async with log_in(api, "ada") as client:
        response = await client.delete(CURRENT)
        assert response.status_code == 204
        assert "Max-Age=0" in response.headers["Set-Cookie"]
        assert (await client.get(CURRENT)).status_code == 401


@pytest.mark.parametrize(
    "age",
    ["seen_at = now() - interval '121 minutes'", "expires_at = now()", "account_id = account_id"],
)
async def test_sessions_end_when_idle_and_when_old(api: Api, pool: Pool, age: str) -> None:
    await add_person(pool, "ada")
    async with log_in(api, "ada") as client:
        await query(pool, f"UPDATE login_session SET {age}")
        lives = age.startswith("account_id")
        assert (await client.get(CURRENT)).status_code == (200 if lives else 401)


async def test_a_session_in_use_does_not_become_idle(api: Api, pool: Pool) -> None:
    await add_person(pool, "ada")
    async with log_in(api, "ada") as client:
        await query(pool, "UPDATE login_session SET seen_at = now() - interval '119 minutes'")
        await client.get(CURRENT)
        rows = await query(
            pool, "SELECT seen_at > now() - interval '1 minute' AS new FROM login_session"
        )
        assert rows == [{"new": True}]


async def test_a_new_password_ends_all_other_sessions(api: Api, pool: Pool) -> None:
    await add_person(pool, "ada")
    async with log_in(api, "ada") as one, log_in(api, "ada") as two:
        change = {"present": PASSWORD, "new": "battery staple horse"}
        response = await one.put("/v1/me/password", json=change)
        assert response.status_code == 200
        assert (await one.get(CURRENT)).status_code == 401, "the old token has ended, too"
        keep_cookie(one, response)
        assert (await one.get(CURRENT)).json()["csrf"] == response.json()["csrf"]
        assert (await two.get(CURRENT)).status_code == 401
        assert (await enter(two, "ada")).status_code == 401
        assert (await enter(two, "ada", "battery staple horse")).status_code == 201


@pytest.mark.parametrize(
    ("present", "new", "field"),
    [
        ("not my password", "battery staple horse", "/present"),
        (PASSWORD, PASSWORD, "/new"),
        (PASSWORD, "x" * 11, "/new"),
        (PASSWORD, "x" * 257, "/new"),
    ],
)
async def test_a_password_that_will_not_do_is_named(
    api: Api, pool: Pool, present: str, new: str, field: str
) -> None:
    await add_person(pool, "ada")
    async with log_in(api, "ada") as client:
        response = await client.put("/v1/me/password", json={"present": present, "new": new})
        assert response.status_code == 422
        assert response.json()["errors"][0]["pointer"] == field
        assert new not in response.text
        assert (await client.get(CURRENT)).status_code == 200


async def test_twelve_characters_of_any_kind_are_a_password(api: Api, pool: Pool) -> None:
    await add_person(pool, "ada")
    async with log_in(api, "ada") as client:
        change = {"present": PASSWORD, "new": "aaaaaaaaaaaa"}
        assert (await client.put("/v1/me/password", json=change)).status_code == 200


async def test_a_one_time_password_lets_in_to_choose_ones_own(api: Api, pool: Pool) -> None:
    account = await add_person(pool, "ada")
    async with transaction(pool) as conn:
        made = await service.reset_password(conn, "test", "acme", account)
    assert made is not None
    async with log_in(api, "ada", made.one_time_password) as client:
        assert (await client.get(CURRENT)).json()["must_change_password"]
        refused = await client.get("/v1/me")
        assert (refused.status_code, "password" in refused.text) == (403, True)
        change = {"present": made.one_time_password, "new": PASSWORD}
        response = await client.put("/v1/me/password", json=change)
        keep_cookie(client, response)
        assert (await client.get("/v1/me")).status_code == 200


async def test_a_one_time_password_wears_out(api: Api, pool: Pool) -> None:
    account = await add_person(pool, "ada")
    async with transaction(pool) as conn:
        made = await service.reset_password(conn, "test", "acme", account)
    assert made is not None
    await query(pool, "UPDATE account SET password_until = now()")
    async with browser_at(api.url) as client:
        assert (await enter(client, "ada", made.one_time_password)).status_code == 401


async def test_disabling_ends_sessions_at_once(api: Api, pool: Pool) -> None:
    account = await add_person(pool, "ada")
    async with log_in(api, "ada") as client:
        response = await api.operator.patch(f"/v1/accounts/{account}", json={"disabled": True})
        assert response.json()["disabled_at"]
        assert (await client.get(CURRENT)).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"login": "a"},
        {"login": "a\x00", "password": "x"},
        {"login": "a", "password": "x", "more": 1},
        {"login": "a", "password": "x" * 257},
    ],
)
async def test_hostile_log_ins_are_refused(api: Api, body: dict[str, object]) -> None:
    async with browser_at(api.url) as client:
        assert (await client.post("/v1/sessions", json=body)).status_code == 422


async def test_a_hash_changed_meanwhile_opens_no_session(pool: Pool) -> None:
    account = await add_person(pool, "ada")
    async with transaction(pool) as conn:
        assert await sessions.start(conn, account, "another hash") is None
