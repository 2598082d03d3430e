"""Writes that another site makes a browser send."""

import pytest
from fixtures_postgres import Api
from people import PASSWORD, add_person, browser_at, log_in

from services.database.pool import Pool

CHANGE = {"present": PASSWORD, "new": "battery staple horse"}
WRITE, READ = "/v1/me/password", "/v1/sessions/current"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": ""}, 403),
        ({"Origin": "OWN"}, 200),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "OWN.evil.example"}, 403),
        ({}, 403),
    ],
)
async def test_a_write_has_to_come_from_our_own_pages(
    api: Api, pool: Pool, headers: dict[str, str], status: int
) -> None:
    await add_person(pool, "ada")
    async with log_in(api, "ada") as client:
        del client.headers["Sec-Fetch-Site"]
        sent = {name: value.replace("OWN", api.url) for name, value in headers.items()}
        assert (await client.put(WRITE, json=CHANGE, headers=sent)).status_code == status
        same = await client.get(READ, headers=sent)
        assert same.status_code == (401 if status == 200 else 200), "reading needs no such proof"


@pytest.mark.parametrize("token", ["", "wrong", "\u00e9", None])
async def test_a_write_has_to_repeat_the_sessions_token(
    api: Api, pool: Pool, token: str | None
) -> None:
    await add_person(pool, "ada")
    async with log_in(api, "ada") as client:
        del client.headers["X-CSRF-Token"]
        headers = {} if token is None else {"X-CSRF-Token": token.encode("latin-1")}
        assert (await client.put(WRITE, json=CHANGE, headers=headers)).status_code == 403  # type: ignore[arg-type]


async def test_another_sessions_token_is_of_no_use(api: Api, pool: Pool) -> None:
    await add_person(pool, "ada")
    await add_person(pool, "eve")
    async with log_in(api, "ada") as ada, log_in(api, "eve") as eve:
        ada.headers["X-CSRF-Token"] = eve.headers["X-CSRF-Token"]
        assert (await ada.put(WRITE, json=CHANGE)).status_code == 403


async def test_a_form_may_carry_the_token(api: Api, pool: Pool) -> None:
    await add_person(pool, "ada")
    async with log_in(api, "ada") as client:
        token = client.headers.pop("X-CSRF-Token")
        for csrf, status in (("wrong", 403), (token, 204)):
            form = {"csrf": csrf}
            response = await client.request("DELETE", READ, data=form)
            assert response.status_code == status


async def test_a_key_needs_neither(api: Api) -> None:
    for client in (api.reviewer, api.operator):
        response = await client.post("/v1/leases", json={"max": 1})
        assert response.status_code in (204, 403)
    headers = {"Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    response = await api.reviewer.post("/v1/leases", json={"max": 1}, headers=headers)
    assert response.status_code == 204


async def test_no_other_site_logs_a_browser_in(api: Api, pool: Pool) -> None:
    await add_person(pool, "ada")
    body = {"login": "ada", "password": PASSWORD}
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 201)):
        async with browser_at(api.url, **{"Sec-Fetch-Site": site}) as client:
            assert (await client.post("/v1/sessions", json=body)).status_code == status
    response = await api.anonymous.post("/v1/sessions", json=body)
    assert response.status_code == 201, "a program names no site"
