"""The review app in a browser, and what it complains of."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import BrowserContext, Page, expect

expect.set_options(timeout=30_000)  # what a busy machine makes slow is not wrong
CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
CHROMIUM_ARGS = ("--headless", "--no-sandbox", "--disable-gpu")
_NOTICE_VIOLATIONS = """
window.violations = [];
addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""
# Nobody is logged in when the page asks first, and Chromium writes that down.
_EXPECTED = ("status of 401",)


@dataclass
class Desk:
    """One tab."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    async def enter(self, key: str) -> None:
        """Log in by keyboard."""
        await expect(self.page.locator("#login")).to_be_visible()
        await self.page.keyboard.insert_text(key)
        await self.page.keyboard.press("Enter")

    async def enter_as(self, login: str, password: str) -> None:
        """Log in with an account, by keyboard."""
        await expect(self.page.locator("#name")).to_be_focused()
        await self.page.keyboard.type(login)
        await self.press("Tab")
        await self.page.keyboard.type(password)
        await self.press("Enter")

    async def press(self, *keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            await self.page.keyboard.press(key)

    async def sees(self, selector: str, text: str) -> None:
        """Wait until a text stands there."""
        await expect(self.page.locator(selector)).to_contain_text(text)

    async def submits(self, done: int) -> None:
        """Send, and wait until the server has it: the count of today says so."""
        await self.page.keyboard.press("Control+Enter")
        await expect(self.page.locator("#done")).to_have_text(str(done))

    async def violations(self) -> list[str]:
        """What the content security policy refused, and other complaints of the browser."""
        refused: list[str] = await self.page.evaluate("window.violations")
        return refused + [
            text for text in self.complaints if not any(one in text for one in _EXPECTED)
        ]


async def open_desk(context: BrowserContext, url: str, key: str = "", path: str = "") -> Desk:
    """A new tab with the review app, logged in where a key is given."""
    page = await context.new_page()
    desk = Desk(page)
    page.on("console", lambda message: desk.complaints.append(message.text))
    page.on("pageerror", lambda error: desk.complaints.append(str(error)))
    await page.add_init_script(_NOTICE_VIOLATIONS)
    await page.goto(f"{url}/review{path}")
    if key:
        await desk.enter(key)
    return desk
