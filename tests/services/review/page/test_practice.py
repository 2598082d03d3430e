"""A person who has never seen the page, on a platform where nothing waits."""

import re
from typing import Any

from playwright.async_api import expect

from services.database.pool import Pool, transaction
from services.review.practice import offer_practice

IN_WORDS = re.compile(r"^([AB] is (slightly |much )?better|About the same)$")


async def test_who_finds_nothing_to_do_is_led_to_practice(pool: Pool, open_desk_of: Any) -> None:
    async with transaction(pool) as conn:
        await offer_practice(conn, "acme")
    desk = await open_desk_of()
    await desk.sees("#empty", "All caught up")
    practice = desk.page.get_by_role("link", name="Practice")
    await expect(practice).to_be_visible()
    await practice.press("Enter")
    await desk.sees("#queue", "training")
    await desk.press("4", "Enter")
    await desk.sees("#dialog", "1 of 6 answered")
    await expect(desk.page.locator("#dialog b")).to_have_text(IN_WORDS)
    assert await desk.violations() == []


async def test_from_an_empty_queue_one_gets_back_to_all(new_work: Any, open_desk_of: Any) -> None:
    empty = await new_work("rating", [])
    desk = await open_desk_of(path=f"?queue={empty}")
    await expect(desk.page.get_by_role("link", name="All queues")).to_have_attribute(
        "href", "/review"
    )
