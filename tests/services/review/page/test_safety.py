"""Nothing a reviewer does is lost: offline, in two tabs, over a reload, after a log-out."""

import re
from typing import Any

import pytest
from desk import open_desk
from fixtures_postgres import Api
from people import PASSWORD, add_person
from playwright.async_api import BrowserContext, expect
from reviewing import query
from work_samples import TASKS

from services.database.pool import Pool

KEPT_HERE = """
new Promise((done) => {
  indexedDB.open("ingot-review", 1).onsuccess = (event) => {
    const asked = event.target.result.transaction("drafts").objectStore("drafts").count();
    asked.onsuccess = () => done(asked.result);
  };
})"""
SAVED = re.compile(r"^Saved \d\d:\d\d:\d\d$")


async def test_an_answer_given_offline_is_sent_when_the_server_is_back(
    pool: Pool, browser: BrowserContext, new_work: Any, open_desk_of: Any, pairs: Any
) -> None:
    await new_work("pairwise", pairs(2))
    desk = await open_desk_of()
    await desk.sees("#prompt", "prompt 0")
    await browser.set_offline(True)
    await desk.press("a", "Enter")
    await desk.sees("#banner", "Nothing is lost")
    await desk.sees("#prompt", "prompt 0")
    await browser.set_offline(False)
    await desk.sees("#prompt", "prompt 1")
    await expect(desk.page.locator("#banner")).to_be_hidden()
    assert len(await query(pool, "SELECT 1 FROM response")) == 1


async def test_an_answer_on_its_way_stays_as_it_was_sent(
    pool: Pool, browser: BrowserContext, new_work: Any, open_desk_of: Any
) -> None:
    await new_work("rating", [TASKS["rating"]])
    desk = await open_desk_of()
    await desk.sees("#queue", "rating work")
    await browser.set_offline(True)
    await desk.press("2", "Enter")
    await desk.sees("#banner", "Nothing is lost")
    await desk.press("5", "c")
    await desk.page.keyboard.type("too late")
    await expect(desk.page.locator("input[name=score][value='2']")).to_be_checked()
    await expect(desk.page.locator("#comment")).to_have_value("")
    await browser.set_offline(False)
    await expect(desk.page.locator("#done")).to_have_text("1")
    rows = await query(pool, "SELECT answer ->> 'score' AS score, comment FROM response")
    assert rows == [{"score": "2", "comment": ""}]


async def test_an_answer_left_behind_by_a_closed_tab_is_sent_by_the_next(
    api: Api, pool: Pool, browser: BrowserContext, new_work: Any, open_desk_of: Any, pairs: Any
) -> None:
    await new_work("pairwise", pairs(2))
    desk = await open_desk_of()
    await desk.sees("#prompt", "prompt 0")
    await browser.set_offline(True)
    await desk.press("7", "Enter")
    await desk.sees("#banner", "Nothing is lost")
    await desk.page.close()
    await browser.set_offline(False)
    again = await open_desk(browser, api.url, api.reviewer_key)
    await again.sees("#prompt", "prompt 1")
    assert len(await query(pool, "SELECT 1 FROM response")) == 1


async def test_two_tabs_hold_the_same_task_and_answer_it_once(
    pool: Pool, new_work: Any, open_desk_of: Any, pairs: Any
) -> None:
    await new_work("pairwise", pairs(3))
    one, two = await open_desk_of(), await open_desk_of()
    for desk in (one, two):
        await desk.sees("#prompt", "prompt 0")
    await one.press("6")
    await expect(two.page.locator("input[name=preference][value='2']")).to_be_checked()
    await one.press("Enter")
    for desk in (one, two):
        await desk.sees("#prompt", "prompt 1")
    await two.press("2", "Enter")
    await one.sees("#prompt", "prompt 2")
    assert len(await query(pool, "SELECT 1 FROM response")) == 2
    assert await one.violations() == await two.violations() == []


async def test_the_same_answer_from_two_tabs_at_once_is_one(
    pool: Pool, browser: BrowserContext, new_work: Any, open_desk_of: Any, pairs: Any
) -> None:
    await new_work("pairwise", pairs(3))
    one, two = await open_desk_of(), await open_desk_of()
    for desk in (one, two):
        await desk.sees("#prompt", "prompt 0")
    await browser.set_offline(True)
    for desk in (one, two):
        await desk.press("5", "Enter")
        await desk.sees("#banner", "Nothing is lost")
    await browser.set_offline(False)
    for desk in (one, two):
        await desk.sees("#prompt", "prompt 1")
    rows = await query(pool, "SELECT revision FROM response")
    assert [row["revision"] for row in rows] == [1]


async def test_a_draft_survives_a_reload(new_work: Any, open_desk_of: Any) -> None:
    await new_work("accept", [TASKS["accept"]])
    desk = await open_desk_of()
    await desk.sees("#queue", "accept work")
    await desk.press("n", "Shift+2", "c")
    await desk.page.keyboard.type("half a thought")
    await desk.page.reload()  # at once: no word of "Saved" is waited for
    await desk.sees("#queue", "accept work")
    await expect(desk.page.locator("#comment")).to_have_value("half a thought")
    await expect(desk.page.locator("input[name=accept][value=false]")).to_be_checked()
    await expect(desk.page.locator("input[value=incomplete]")).to_be_checked()


@pytest.mark.parametrize("offline", [False, True])
async def test_what_was_just_typed_outlives_a_log_out(
    offline: bool, browser: BrowserContext, pool: Pool, new_work: Any, open_desk_of: Any
) -> None:
    await add_person(pool, "eve@example.org")
    await new_work("accept", [TASKS["accept"]])
    desk = await open_desk_of(key="")
    await desk.enter_as("eve@example.org", PASSWORD)
    await desk.sees("#queue", "accept work")
    await desk.press("n", "c")
    await desk.page.keyboard.type("half a thought")
    await browser.set_offline(offline)
    await desk.page.locator("#leave").press("Enter")
    await expect(desk.page.locator("#login")).to_be_visible()
    await browser.set_offline(False)
    assert await desk.page.evaluate(KEPT_HERE) == (1 if offline else 0)
    await desk.enter_as("eve@example.org", PASSWORD)
    await expect(desk.page.locator("#comment")).to_have_value("half a thought")
    await expect(desk.page.locator("input[name=accept][value=false]")).to_be_checked()


async def test_a_draft_is_found_again_on_another_device(
    api: Api, pool: Pool, browser: BrowserContext, new_work: Any, open_desk_of: Any
) -> None:
    await new_work("rating", [TASKS["rating"]])
    desk = await open_desk_of()
    await desk.sees("#queue", "rating work")
    await desk.press("4", "Control+s")
    await expect(desk.page.locator("#saved")).to_have_text(SAVED)
    other = await browser.browser.new_context()  # type: ignore[union-attr]
    there = await open_desk(other, api.url, api.reviewer_key)
    await expect(there.page.locator("input[name=score][value='4']")).to_be_checked()


async def test_people_log_in_with_a_password_and_work_by_their_session(
    api: Api, pool: Pool, new_work: Any, open_desk_of: Any, pairs: Any
) -> None:
    await add_person(pool, "eve@example.org")
    await new_work("pairwise", pairs(2))
    desk = await open_desk_of(key="")
    await desk.enter_as("eve@example.org", PASSWORD)
    await desk.sees("#prompt", "prompt 0")
    await desk.press("a")
    async with desk.page.expect_response("**/leases"):  # one ahead, while the session lasts
        await desk.submits(1)
    await query(pool, "UPDATE login_session SET expires_at = now() RETURNING 1")
    await desk.sees("#prompt", "prompt 1")
    await desk.press("b", "Enter")
    await expect(desk.page.locator("#login")).to_be_visible()
    assert len(await query(pool, "SELECT 1 FROM response")) == 1
    await desk.enter_as("eve@example.org", PASSWORD)
    await desk.sees("#empty", "All caught up")
    assert len(await query(pool, "SELECT 1 FROM response")) == 2


async def test_a_wrong_key_is_told_and_asked_again(open_desk_of: Any) -> None:
    desk = await open_desk_of("ing_wrong_key")
    await desk.sees("#banner", "key")
    await expect(desk.page.locator("#login")).to_be_visible()
