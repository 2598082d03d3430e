"""The reviewer's page in a real browser."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from fixtures_postgres import Api
from playwright.async_api import BrowserContext, Page, async_playwright
from reviewing import query, take

from ingot.records import Message
from services.database.pool import Pool
from services.review.endpoints import PAGE, PAGE_POLICY
from services.review.tasks import NewTask

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
with_chromium = pytest.mark.skipif(
    not CHROMIUM.exists(), reason=f"no Chromium at {CHROMIUM}; apt-get install chromium"
)
EVIL = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
CODE = "Try this:\n```python\nif a < b:\n    pass\n```\ndone"


@pytest.fixture
async def browser() -> AsyncIterator[BrowserContext]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        yield await started.new_context(viewport={"width": 1440, "height": 900})
        await started.close()


async def open_page(browser: BrowserContext, api: Api) -> tuple[Page, list[str]]:
    """The page, logged in by keyboard, and what the browser complains of."""
    page = await browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(f"{api.url}/review")
    await page.keyboard.insert_text(api.reviewer_key)
    await page.keyboard.press("Enter")
    return page, complaints


async def see(page: Page, selector: str, text: str) -> None:
    await page.wait_for_function(
        "([selector, text]) => document.querySelector(selector).innerText.includes(text)",
        arg=[selector, text],
    )


async def submit(page: Page, key: str, done: int) -> None:
    """Choose, submit, and wait until the server has it."""
    await page.keyboard.press(key)
    await page.keyboard.press("Enter")
    await see(page, "#done", str(done))


@with_chromium
async def test_a_reviewer_does_all_by_keyboard(
    api: Api, pool: Pool, browser: BrowserContext, new_batch: Any, tasks: Any
) -> None:
    await new_batch(tasks(4))
    page, complaints = await open_page(browser, api)
    await see(page, "#prompt", "prompt 0")
    for number, key in enumerate("abt"):
        await see(page, "#prompt", f"prompt {number}")
        await submit(page, key, number + 1)
    await see(page, "#prompt", "prompt 3")
    await page.keyboard.press("c")
    await page.keyboard.insert_text("a and b are close")
    await page.keyboard.press("Escape")
    await page.keyboard.press("a")
    await page.keyboard.press("c")
    await page.keyboard.press("Control+Enter")
    await see(page, "#empty", "All caught up")
    rows = await query(
        pool,
        "SELECT verdict, swapped, comment FROM answer "
        "JOIN assignment ON id = assignment_id ORDER BY answered_at",
    )
    shown = [
        {"A": "B", "B": "A"}.get(r["verdict"], "tie") if r["swapped"] else r["verdict"]
        for r in rows
    ]
    assert shown == ["A", "B", "tie", "A"]
    assert [row["comment"] for row in rows] == ["", "", "", "a and b are close"]
    assert complaints == []


@with_chromium
async def test_text_from_outside_is_shown_and_never_run(
    api: Api, browser: BrowserContext, new_batch: Any
) -> None:
    evil, code = (Message(role="assistant", content=text) for text in (EVIL, CODE))
    question = Message(role="user", content=EVIL)
    await new_batch([NewTask("par_1", "unsure", (question,), (evil,), (code,), EVIL)])
    page, complaints = await open_page(browser, api)
    for place in ("#prompt", "#instructions", ".pair"):
        await see(page, place, EVIL)
    assert await page.inner_text(".pair pre") == "if a < b:\n    pass"
    assert await page.locator("main img, main script").count() == 0
    assert await page.title() == "Ingot review"
    assert complaints == []


@with_chromium
async def test_a_task_given_back_is_free_for_others(
    api: Api, browser: BrowserContext, new_batch: Any, new_reviewer: Any, tasks: Any
) -> None:
    await new_batch(tasks(1))
    page, _ = await open_page(browser, api)
    await see(page, "#prompt", "prompt 0")
    await page.keyboard.press("r")
    await see(page, "#empty", "last ones")
    assert len(await take(await new_reviewer("bob"))) == 1


@with_chromium
async def test_choice_and_comment_survive_a_reload(
    api: Api, browser: BrowserContext, new_batch: Any, tasks: Any
) -> None:
    await new_batch(tasks(2))
    page, _ = await open_page(browser, api)
    await see(page, "#prompt", "prompt 0")
    await page.keyboard.press("b")
    await page.keyboard.press("c")
    await page.keyboard.insert_text("half a thought")
    await page.reload()
    await see(page, "#prompt", "prompt 0")
    assert await page.is_checked("input[value=B]")
    assert await page.input_value("#comment") == "half a thought"


@with_chromium
async def test_an_answer_gets_through_when_the_server_comes_back(
    api: Api, pool: Pool, browser: BrowserContext, new_batch: Any, tasks: Any
) -> None:
    await new_batch(tasks(2))
    page, _ = await open_page(browser, api)
    await see(page, "#prompt", "prompt 0")
    await browser.set_offline(True)
    await page.keyboard.press("a")
    await page.keyboard.press("Enter")
    await see(page, "#banner", "Nothing is lost")
    await see(page, "#prompt", "prompt 0")
    await browser.set_offline(False)
    await see(page, "#prompt", "prompt 1")
    assert len(await query(pool, "SELECT 1 FROM answer")) == 1
    assert await page.is_hidden("#banner")


@with_chromium
async def test_a_wrong_key_is_told_and_asked_again(api: Api, browser: BrowserContext) -> None:
    page = await browser.new_page()
    await page.goto(f"{api.url}/review")
    await page.keyboard.insert_text("ing_wrong_key")
    await page.keyboard.press("Enter")
    await see(page, "#banner", "no valid API key")
    assert await page.is_visible("#login")


@with_chromium
async def test_the_keys_are_listed_on_demand(
    api: Api, browser: BrowserContext, new_batch: Any, tasks: Any
) -> None:
    await new_batch(tasks(1))
    page, _ = await open_page(browser, api)
    await see(page, "#prompt", "prompt 0")
    await page.keyboard.press("?")
    await page.keyboard.press("a")
    assert await page.is_visible("#help")
    assert not await page.is_checked("input[value=A]")
    await page.keyboard.press("?")
    assert await page.is_hidden("#help")


@with_chromium
async def test_nothing_is_wider_than_a_phone(
    api: Api, browser: BrowserContext, new_batch: Any
) -> None:
    long = (Message(role="assistant", content="wide " * 200 + "x" * 500 + "\n```\n" + "y" * 500),)
    await new_batch([NewTask("par_1", "unsure", long, long, long)])
    page, _ = await open_page(browser, api)
    await page.wait_for_selector("#task:not([hidden])")
    await page.set_viewport_size({"width": 360, "height": 740})
    assert await page.evaluate("document.documentElement.scrollWidth") == 360


async def test_the_page_carries_its_policy_and_no_inline_script(api: Api) -> None:
    for name in ("", "/review.js", "/server.js", "/texts.js", "/review.css", "/icon.svg"):
        response = await api.anonymous.get(f"/review{name}")
        assert response.status_code == 200
        assert response.headers["Content-Security-Policy"] == PAGE_POLICY
    html = (PAGE / "index.html").read_text()
    assert "<script>" not in html
    assert "style=" not in html
    assert "innerHTML" not in "".join(path.read_text() for path in PAGE.glob("*.js"))


async def test_the_page_serves_its_own_files_only(api: Api) -> None:
    for name in ("endpoints.py", "..%2Fendpoints.py"):
        assert (await api.anonymous.get(f"/review/{name}")).status_code == 404
