"""Take the pictures of the review app: `python docs/images/review.py`, with Chromium.

It serves a platform of its own for as long as it takes, gives it one task of each kind, and works
on them by keyboard as a reviewer would.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.async_api import Browser, async_playwright
from psycopg.types.json import Json

IMAGES = Path(__file__).parent
sys.path.insert(0, str(IMAGES.parents[1] / "tests/support"))

from desk import CHROMIUM, CHROMIUM_ARGS, Desk, open_desk  # noqa: E402
from fixtures_postgres import client_for, serve  # noqa: E402
from work_samples import GUIDELINE, REVISED, TASKS  # noqa: E402

from ingot.settings import Settings  # noqa: E402
from services.accounts.keys import create_key  # noqa: E402
from services.database.embedded import start_embedded, stop_embedded  # noqa: E402
from services.database.migrate import migrate  # noqa: E402
from services.database.pool import Pool, open_pool, transaction  # noqa: E402

WIDE = {"width": 1280, "height": 720}
PHONE = {"width": 390, "height": 780}
KEYS: dict[str, tuple[str, ...]] = {
    "pairwise": ("2", "Shift+1"),
    "ranking": ("2", "4", "3", "t"),
    "attributes": ("4", "4", "3"),
    "rating": ("4",),
    "accept": ("n", "Shift+1"),
    "rewrite": (),
    "write": (),
    "turns": ("5", "4"),
    "trajectory": ("1", "1", "e"),
    "facts": ("2", "1"),
}
_REWRITTEN = "Dear customer, your parcel will come two days late. We are sorry, and thank you."
_WRITTEN = "My sourdough rose well yesterday, then spread flat in the oven. What did I do wrong?"


@asynccontextmanager
async def platform() -> AsyncIterator[tuple[str, Pool]]:
    """A platform in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="ingot-pictures-") as folder:
        home = Path(folder)
        url = await asyncio.to_thread(start_embedded, home)
        await migrate(url)
        pool = await open_pool(url)
        with serve(Settings(home=home, database_url=url)) as address:
            yield address, pool
        await pool.close()
        stop_embedded(home)


async def fill(pool: Pool, operator: httpx.AsyncClient, kind: str) -> str:
    """A queue of a kind with one task, and its id."""
    wanted = {"name": f"Week 12, {kind}", "kind": kind, "body": GUIDELINE, "pay_minor": 40}
    made = (await operator.post("/v1/queues", json=wanted)).raise_for_status().json()
    async with transaction(pool) as conn:
        await conn.execute(
            "INSERT INTO review_task (queue_id, item_id, purpose, payload, priority, urgency, "
            "overlap, slots_free, answers_needed) VALUES (%s, 'itm_1', 'asked', %s, 1, 0, 1, 1, 1)",
            (made["id"], Json(TASKS[kind])),
        )
    return str(made["id"])


async def take(desk: Desk, name: str) -> None:
    """Write one picture."""
    await desk.page.wait_for_timeout(400)  # scrolling comes to rest
    picture = Image.open(BytesIO(await desk.page.screenshot()))
    picture.convert("RGB").quantize(64).save(IMAGES / f"review-{name}.png", optimize=True)


async def work(desk: Desk, kind: str) -> None:
    """Fill in a part of the task on the screen."""
    await desk.sees("#queue", kind)
    await desk.press(*KEYS[kind])
    if text := {"rewrite": _REWRITTEN, "write": _WRITTEN}.get(kind):
        await desk.press("i", "Control+a")
        await desk.page.keyboard.type(text)
        await desk.press("Escape")


async def picture_kinds(browser: Browser, url: str, key: str, queues: dict[str, str]) -> None:
    """Each kind on a wide screen, each in a fresh browser."""
    for kind, queue in queues.items():
        context = await browser.new_context(viewport=WIDE)
        desk = await open_desk(context, url, key, f"?queue={queue}")
        await work(desk, kind)
        await take(desk, kind)
        await context.close()


async def picture_screens(
    browser: Browser, url: str, key: str, queue: str, operator: httpx.AsyncClient
) -> None:
    """What stands around the work: log-in, sheet of keys, guideline, phone, dark."""
    context = await browser.new_context(viewport=WIDE)
    desk = await open_desk(context, url)
    await take(desk, "log-in")
    await desk.enter(key)
    for name, keys in {"keys": ("?",), "differences": ("Escape", "d"), "skip": ("x",)}.items():
        await desk.sees("#version", "v")
        await desk.press(*keys)
        await take(desk, name)
    await context.close()
    context = await browser.new_context(viewport=PHONE, color_scheme="dark")
    desk = await open_desk(context, url, key, f"?queue={queue}")
    await desk.sees("#version", "v1")
    await take(desk, "phone-dark")
    await context.close()
    await picture_news(browser, url, key, queue, operator)


async def picture_news(
    browser: Browser, url: str, key: str, queue: str, operator: httpx.AsyncClient
) -> None:
    """The guideline, when a version is new to its reader."""
    context = await browser.new_context(viewport=WIDE)
    desk = await open_desk(context, url, key, f"?queue={queue}")
    await desk.sees("#version", "v1")
    await desk.press("g", "Escape")
    news: dict[str, Any] = {
        "body": REVISED,
        "rubric": {},
        "change_note": "Look at what is missing before you look at style.",
        "breaking": True,
    }
    (await operator.post(f"/v1/queues/{queue}/guidelines", json=news)).raise_for_status()
    await desk.page.reload()
    await desk.sees(".news", "missing")
    await desk.page.locator(".news summary").press("Enter")
    await take(desk, "guideline")
    await context.close()


async def main() -> None:
    """Take all pictures."""
    async with platform() as (url, pool):
        async with transaction(pool) as conn:
            keys = [
                await create_key(conn, "operator", "acme"),
                await create_key(conn, "reviewer", "acme", "ada"),
            ]
        async with client_for(url, keys[0]) as operator, async_playwright() as playwright:
            queues = {kind: await fill(pool, operator, kind) for kind in KEYS}
            browser = await playwright.chromium.launch(
                executable_path=CHROMIUM, args=list(CHROMIUM_ARGS)
            )
            await picture_kinds(browser, url, keys[1], queues)
            await picture_screens(browser, url, keys[1], queues["pairwise"], operator)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
