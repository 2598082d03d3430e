"""A browser, queues of all kinds, and tabs of the review app."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from desk import CHROMIUM, CHROMIUM_ARGS, Desk, open_desk
from fixtures_postgres import Api
from playwright.async_api import BrowserContext, async_playwright
from psycopg.types.json import Json
from reviewing import query

from services.database.pool import Pool

NewWork = Callable[..., Awaitable[str]]
OpenDesk = Callable[..., Awaitable[Desk]]


@pytest.fixture
async def browser() -> AsyncIterator[BrowserContext]:
    """A browser with nothing in it."""
    if not CHROMIUM.exists():
        pytest.skip(f"no Chromium at {CHROMIUM}; apt-get install chromium")
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(CHROMIUM_ARGS)
        )
        yield await started.new_context(viewport={"width": 1440, "height": 900})
        await started.close()


@pytest.fixture
def new_work(api: Api, pool: Pool) -> NewWork:
    """Make a queue of a kind with these items in it, and give its id."""

    async def make(kind: str, items: list[dict[str, Any]], **terms: Any) -> str:
        wanted = {"name": f"{kind} work", "kind": kind, "body": "Read first.", **terms}
        made = await api.operator.post("/v1/queues", json=wanted)
        assert made.status_code == 201, made.text
        for number, item in enumerate(items):
            await query(
                pool,
                "INSERT INTO review_task (queue_id, item_id, purpose, payload, priority, urgency, "
                "overlap, slots_free, answers_needed) "
                "SELECT id, %s, 'asked', %s, 1, %s, overlap, overlap, overlap FROM queue "
                "WHERE id = %s",
                f"itm_{number}", Json(item), -number, made.json()["id"],
            )  # fmt: skip
        return str(made.json()["id"])

    return make


@pytest.fixture
def open_desk_of(api: Api, browser: BrowserContext) -> OpenDesk:
    """Open a tab; by default ada's."""

    async def tab(key: str = api.reviewer_key, path: str = "") -> Desk:
        return await open_desk(browser, api.url, key, path)

    return tab


def pair(number: int) -> dict[str, Any]:
    """An item to compare."""
    texts = ("prompt", "canonical A of", "canonical B of")
    roles = ("user", "assistant", "assistant")
    said = [
        [{"role": role, "content": f"{text} {number}"}]
        for role, text in zip(roles, texts, strict=True)
    ]
    return dict(zip(("prompt", "a", "b"), said, strict=True))


@pytest.fixture
def pairs() -> Callable[[int], list[dict[str, Any]]]:
    """So many items to compare, numbered from 0."""
    return lambda count: [pair(number) for number in range(count)]
