"""People in a browser, each with their own session, and what their browser complains of."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fixtures_postgres import Api
from people import PASSWORD, add_person
from peopling import Past
from playwright.async_api import Browser, Page, async_playwright

from services.database.pool import Pool, transaction

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))


@dataclass
class Seen:
    """A page, and what the browser says of it."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    async def go(self, path: str) -> int:
        """Open a path; gives the status."""
        response = await self.page.goto(f"{self.url}{path}")
        assert response is not None
        return response.status

    async def send(self, button: str) -> int:
        """Press a button by its name and wait for the page that comes; gives the status."""
        async with self.page.expect_navigation() as navigation:
            await self.page.get_by_role("button", name=button, exact=False).first.click()
        response = await navigation.value
        assert response is not None
        return response.status

    async def text(self) -> str:
        """What stands in the middle of the page."""
        return await self.page.inner_text("main")


LogIn = Callable[..., Awaitable[Seen]]
Remember = Callable[..., Awaitable[Any]]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}; apt-get install chromium")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        yield started
        await started.close()


@pytest.fixture
def visit(api: Api, browser: Browser) -> LogIn:
    """Open a fresh browser, with nobody logged in."""

    async def make(**settings: Any) -> Seen:
        context = await browser.new_context(
            **{"viewport": {"width": 1280, "height": 820}, **settings}
        )
        seen = Seen(await context.new_page(), api.url)
        seen.page.set_default_timeout(30_000)
        seen.page.on("console", lambda message: seen.complaints.append(message.text))
        seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
        return seen

    return make


@pytest.fixture
def log_in(pool: Pool, visit: LogIn) -> LogIn:
    """Make an account with these roles and log in through the page."""

    async def make(name: str, *roles: str, **settings: Any) -> Seen:
        await add_person(pool, name, *roles, pseudonym=name)
        seen = await visit(**settings)
        await seen.go("/portal")
        await seen.page.fill("#login", name)
        await seen.page.fill("#password", PASSWORD)
        await seen.send("Log in")
        return seen

    return make


@pytest.fixture
def remember(pool: Pool) -> Remember:
    """Write a past; what the function gives is given."""

    async def write(story: Callable[[Past], Awaitable[Any]]) -> Any:
        async with transaction(pool) as conn:
            return await story(Past(conn))

    return write
