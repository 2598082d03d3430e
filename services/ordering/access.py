"""Who may call: bearer keys and roles, as FastAPI dependencies.

`Transaction` is committed when the endpoint returns, before the response leaves: what was
acknowledged is stored.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from ingot.settings import Settings
from services.database.pool import Connection, Pool, transaction
from services.ordering.keys import Principal, Role, find_principal

_bearer = HTTPBearer(auto_error=False, description="An API key: ing_...")
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def _pool(request: Request) -> Pool:
    pool: Pool = request.app.state.pool
    return pool


def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def _transaction(request: Request) -> AsyncIterator[Connection]:
    async with transaction(_pool(request)) as conn:
        yield conn


PoolOfApp = Annotated[Pool, Depends(_pool)]
SettingsOfApp = Annotated[Settings, Depends(_settings)]
Transaction = Annotated[Connection, Depends(_transaction, scope="function")]


def _within_transaction(*roles: Role) -> Callable[..., Awaitable[Principal]]:
    async def identify(conn: Transaction, credentials: _Credentials) -> Principal:
        return await _identify(conn, credentials, roles)

    return identify


def _before_transaction(*roles: Role) -> Callable[..., Awaitable[Principal]]:
    async def identify(pool: PoolOfApp, credentials: _Credentials) -> Principal:
        async with transaction(pool) as conn:
            return await _identify(conn, credentials, roles)

    return identify


Lab = Annotated[Principal, Depends(_before_transaction("lab", "operator"))]
"""A lab or an operator. Its requests may carry long bodies, so no connection is held meanwhile."""
Reviewer = Annotated[Principal, Depends(_within_transaction("reviewer"))]
"""A reviewer, identified within the request's one transaction."""


async def _identify(
    conn: Connection, credentials: HTTPAuthorizationCredentials | None, roles: tuple[Role, ...]
) -> Principal:
    key = credentials.credentials if credentials else ""
    principal = await find_principal(conn, key)
    if principal is None:
        raise HTTPException(
            401,
            "no valid API key: send 'Authorization: Bearer ing_...'",
            headers={"WWW-Authenticate": "Bearer"},
        )
    if principal.role not in roles:
        raise HTTPException(
            403, f"a {principal.role} key may not do this: use a {' or '.join(roles)} key"
        )
    return principal
