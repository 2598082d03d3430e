"""The reward service on real PostgreSQL, with labs 'acme' and 'other' and reviewer 'bob'."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from fixtures_postgres import client_for
from rewarding import PAIRS, ScriptedEngine, Service, serve_rewards

from ingot.settings import Settings
from services.accounts.keys import create_key
from services.database.pool import Pool, transaction
from services.rewards.config import RewardsConfig

NewService = Callable[..., Any]


@pytest.fixture
async def new_service(database_url: str, pool: Pool, tmp_path: Path) -> AsyncIterator[NewService]:
    """Serve with this configuration and this engine."""
    async with AsyncExitStack() as stack:

        async def make(
            config: dict[str, Any] | None = None, engine: ScriptedEngine | None = None
        ) -> Service:
            engine = engine or ScriptedEngine()
            settings = Settings(home=tmp_path, database_url=database_url)
            terms = RewardsConfig.model_validate({"verifier_processes": 1, **(config or PAIRS)})
            async with transaction(pool) as conn:
                keys = {
                    "lab": await create_key(conn, "lab", "acme"),
                    "other_lab": await create_key(conn, "lab", "other"),
                    "reviewer": await create_key(conn, "reviewer", "acme", "bob"),
                }
            url, app = stack.enter_context(serve_rewards(settings, terms, engine))
            clients = {role: client_for(url, key) for role, key in keys.items()}
            clients["anonymous"] = httpx.AsyncClient(base_url=url, verify=False)
            for client in clients.values():
                await stack.enter_async_context(client)
            return Service(url, app, engine, keys, **clients)

        yield make


@pytest.fixture
async def service(new_service: NewService) -> Service:
    """The usual one."""
    made: Service = await new_service()
    return made
