"""People with accounts, logged in as browsers are."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from fixtures_postgres import Api

from services.accounts import passwords, repository, service
from services.accounts.schemas import NewAccount
from services.database.pool import Pool, transaction

PASSWORD = "correct horse battery"


async def add_person(pool: Pool, login: str, *roles: str, **fields: Any) -> str:
    """Make an account with PASSWORD as its own, and give its id."""
    wanted = NewAccount.model_validate({"login": login, "roles": roles or ("reviewer",), **fields})
    async with transaction(pool) as conn:
        made = await service.add(conn, "test", "acme", wanted)
        hashed = await passwords.make_hash(PASSWORD)
        await repository.set_password(conn, made.account.id, hashed, None)
    return made.account.id


def browser_at(url: str, **headers: str) -> httpx.AsyncClient:
    """A client that says what a browser says of requests from our own pages."""
    return httpx.AsyncClient(
        base_url=url, headers={"Sec-Fetch-Site": "same-origin", **headers}, verify=False, timeout=30
    )


async def enter(client: httpx.AsyncClient, login: str, password: str = PASSWORD) -> httpx.Response:
    """Log in. httpx sends Secure cookies over TLS only; browsers send them to this machine, too."""
    response = await client.post("/v1/sessions", json={"login": login, "password": password})
    if response.status_code == 201:
        keep_cookie(client, response)
        client.headers["X-CSRF-Token"] = response.json()["csrf"]
    return response


def keep_cookie(client: httpx.AsyncClient, response: httpx.Response) -> None:
    """Send the session's cookie from now on."""
    client.headers["Cookie"] = response.headers["Set-Cookie"].partition(";")[0]


@asynccontextmanager
async def log_in(
    api: Api, login: str, password: str = PASSWORD
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which somebody is logged in; its writes repeat the session's token."""
    async with browser_at(api.url) as client:
        response = await enter(client, login, password)
        assert response.status_code == 201, response.text
        yield client
