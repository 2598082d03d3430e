"""The door of the portal."""

from typing import Any

import pytest
from fixtures_postgres import Api
from people import PASSWORD, add_person
from reviewing import query

from services.accounts import service
from services.accounts.schemas import NewAccount
from services.database.pool import Pool, transaction


async def test_who_is_not_logged_in_is_asked_and_then_gets_what_they_wanted(
    pool: Pool, visit: Any
) -> None:
    await add_person(pool, "ada", "reviewer")
    seen = await visit()
    await seen.go("/portal/me")
    assert "/portal/login?next=%2Fportal%2Fme" in seen.page.url
    await seen.page.keyboard.insert_text("ada")
    await seen.page.keyboard.press("Tab")
    await seen.page.keyboard.insert_text(PASSWORD)
    async with seen.page.expect_navigation():
        await seen.page.keyboard.press("Enter")
    assert seen.page.url.endswith("/portal/me")
    assert seen.complaints == []


async def test_a_wrong_password_keeps_the_name_and_says_so(pool: Pool, visit: Any) -> None:
    await add_person(pool, "ada", "reviewer")
    seen = await visit()
    await seen.go("/portal/login?next=/portal/me")
    await seen.page.fill("#login", "ada")
    await seen.page.fill("#password", "wrong")
    assert await seen.send("Log in") == 401
    assert await seen.page.input_value("#login") == "ada"
    assert await seen.page.input_value("#password") == ""
    assert await seen.page.input_value("[name=next]") == "/portal/me"
    assert "password is wrong" in await seen.page.inner_text("[role=alert]")


@pytest.mark.parametrize(
    "place",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/portal@evil", "/portal\n/x"],
)
async def test_nobody_is_sent_elsewhere_after_log_in(api: Api, place: str) -> None:
    page = await api.anonymous.get("/portal/login", params={"next": place})
    assert 'name="next" value="/portal"' in page.text


async def test_too_many_tries_are_told_and_lose_nothing(api: Api) -> None:
    form = {"login": "<b>ada", "password": "x" * 12, "next": "/portal/me"}
    for _ in range(30):
        page = await api.anonymous.post("/portal/login", data=form)
        if page.status_code == 429:
            break
    assert page.status_code == 429
    assert "wait" in page.text
    assert 'value="&lt;b&gt;ada"' in page.text


async def test_another_site_cannot_log_people_in(api: Api) -> None:
    form = {"login": "ada", "password": PASSWORD}
    page = await api.anonymous.post(
        "/portal/login", data=form, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert page.status_code == 403
    assert page.headers["content-type"].startswith("text/html")


async def test_log_out_ends_the_session(pool: Pool, log_in: Any) -> None:
    seen = await log_in("mara", "reviewer")
    await seen.send("Log out")
    assert seen.page.url.endswith("/portal/login")
    assert await query(pool, "SELECT 1 FROM login_session") == []
    await seen.go("/portal")
    assert "/portal/login" in seen.page.url


async def test_who_comes_with_a_one_time_password_chooses_their_own(pool: Pool, visit: Any) -> None:
    async with transaction(pool) as conn:
        made = await service.add(conn, "test", "acme", NewAccount(login="ada"))
    seen = await visit()
    await seen.go("/portal/login")
    await seen.page.fill("#login", "ada")
    await seen.page.fill("#password", made.one_time_password)
    await seen.send("Log in")
    assert seen.page.url.endswith("/portal/password")
    await seen.go("/portal")
    assert seen.page.url.endswith("/portal/password")
    for new, again, wrong in ((PASSWORD, PASSWORD + "x", "again"), ("x" * 12, "x" * 12, "present")):
        await seen.page.fill("#present", "not this one")
        await seen.page.fill("#new", new)
        await seen.page.fill("#again", again)
        assert await seen.send("Take it") == 422
        assert await seen.page.is_visible(f"#{wrong}-wrong")
    await seen.page.fill("#present", made.one_time_password)
    await seen.page.fill("#new", PASSWORD)
    await seen.page.fill("#again", PASSWORD)
    await seen.send("Take it")
    assert seen.page.url.endswith("/portal")
    assert await seen.page.inner_text("h1") == "Home"


async def test_the_bare_address_leads_to_the_portal(api: Api) -> None:
    assert (await api.anonymous.get("/")).headers["location"] == "/portal"
