"""A real PostgreSQL for the session, a fresh migrated database for each test, the API over it."""

import asyncio
import socket
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import httpx
import psycopg
import pytest
import uvicorn

from ingot.settings import Settings
from services.accounts.keys import create_key
from services.api import create_app
from services.database.embedded import start_embedded, stop_embedded
from services.database.migrate import migrate
from services.database.pool import Pool, open_pool, transaction

_TEMPLATE = "ingot_template"


@dataclass(frozen=True, slots=True)
class Api:
    """A served API: clients by role, and what they talk to."""

    url: str
    settings: Settings
    lab: httpx.AsyncClient
    other_lab: httpx.AsyncClient
    operator: httpx.AsyncClient
    reviewer: httpx.AsyncClient
    anonymous: httpx.AsyncClient
    reviewer_key: str


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The session's server, without fsync: nothing here outlives it."""
    # Not under pytest's own folder: each session of pytest closes that to other users,
    # and as root the server runs as another user.
    with tempfile.TemporaryDirectory(prefix="ingot-test-", ignore_cleanup_errors=True) as folder:
        url = start_embedded(Path(folder))
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute("ALTER SYSTEM SET fsync = off")
            conn.execute("SELECT pg_reload_conf()")
            conn.execute(f"CREATE DATABASE {_TEMPLATE}")
        asyncio.run(migrate(_in_database(url, _TEMPLATE)))
        yield url
        stop_embedded(Path(folder))


@pytest.fixture
def database_url(postgres_url: str) -> Iterator[str]:
    """A fresh, migrated database."""
    with fresh_database(postgres_url) as url:
        yield url


@contextmanager
def fresh_database(postgres_url: str) -> Iterator[str]:
    """A migrated database, for as long as it is needed."""
    name = f"test_{uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as conn:
        conn.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}")
        yield _in_database(postgres_url, name)
        conn.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Pool]:
    """A pool on the test's database."""
    opened = await open_pool(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def api(database_url: str, pool: Pool, tmp_path: Path) -> AsyncIterator[Api]:
    """The API on a real server, with a client for each role; labs 'acme' and 'other'."""
    settings = Settings(home=tmp_path, database_url=database_url)
    async with transaction(pool) as conn:
        keys = {
            "lab": await create_key(conn, "lab", "acme"),
            "other_lab": await create_key(conn, "lab", "other"),
            "operator": await create_key(conn, "operator", "acme"),
            "reviewer": await create_key(conn, "reviewer", "acme", "ada"),
        }
    with serve(settings) as url:
        clients = {role: client_for(url, key) for role, key in keys.items()}
        clients["anonymous"] = httpx.AsyncClient(base_url=url, verify=False)
        yield Api(url=url, settings=settings, reviewer_key=keys["reviewer"], **clients)
        for client in clients.values():
            await client.aclose()


def client_for(url: str, key: str) -> httpx.AsyncClient:
    """A client that sends this key."""
    headers = {"Authorization": f"Bearer {key}"}
    # Plain http: reading the machine's certificates would take longer than most tests.
    return httpx.AsyncClient(base_url=url, headers=headers, timeout=30, verify=False)


@contextmanager
def serve(settings: Settings) -> Iterator[str]:
    """The API in a thread of its own, on a free port."""
    config = uvicorn.Config(create_app(None, settings), log_config=None, access_log=False)
    server = uvicorn.Server(config)
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive(), "the API did not start; see the log"
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listening.close()


def _in_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
