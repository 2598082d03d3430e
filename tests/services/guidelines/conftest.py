"""The endpoints of guidelines, with hooks that keep what they are told, over an order."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from guiding import KeptHooks, sign

from ingot.settings import Settings
from services.accounts.keys import create_key
from services.database.pool import Pool, transaction
from services.guidelines.endpoints import make_router
from services.web import problems
from services.web.bodies import LimitBodies
from services.web.openapi import Service


@dataclass(frozen=True, slots=True)
class Desk:
    """Clients of two labs, and what the hooks were told."""

    lab: httpx.AsyncClient
    other_lab: httpx.AsyncClient
    reviewer: httpx.AsyncClient
    anonymous: httpx.AsyncClient
    hooks: KeptHooks
    service: Service


@pytest.fixture
async def order(pool: Pool) -> str:
    """An order of 'acme' under contract."""
    async with transaction(pool) as conn:
        return await sign(conn, "acme")


@pytest.fixture
async def desk(pool: Pool, tmp_path: Path) -> AsyncIterator[Desk]:
    """The endpoints, served in this process."""
    hooks, app = KeptHooks(), Service(responses=problems.responses(400, 413, 429))
    app.state.pool, app.state.settings = pool, Settings(home=tmp_path)
    app.include_router(make_router(hooks))
    app.add_middleware(LimitBodies)
    problems.add_handlers(app)
    async with transaction(pool) as conn:
        keys = {
            "lab": await create_key(conn, "lab", "acme"),
            "other_lab": await create_key(conn, "lab", "other"),
            "reviewer": await create_key(conn, "reviewer", "acme", "ada"),
        }
    headers = {name: {"Authorization": f"Bearer {key}"} for name, key in keys.items()}
    async with AsyncExitStack() as stack:
        clients = {
            name: await stack.enter_async_context(
                httpx.AsyncClient(
                    transport=httpx.ASGITransport(app, raise_app_exceptions=False),
                    base_url="http://ingot",
                    headers=headers.get(name, {}),
                )
            )
            for name in (*keys, "anonymous")
        }
        yield Desk(hooks=hooks, service=app, **clients)
