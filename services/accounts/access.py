"""Who may call: keys and sessions, and the permission that an endpoint needs.

Nobody may do anything that no dependency here allows: each endpoint asks for one of those below.

`Transaction` is committed when the endpoint returns, before the response leaves: what was
acknowledged is stored. Who asks is found, and counted against their rate, before it begins.

What every request depends on is a coroutine even where it awaits nothing: a plain function is run
in a thread, which costs a request more than a query does.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from ingot.settings import Settings
from services.accounts import cookies, limits, sessions
from services.accounts.forgery import check_write
from services.accounts.keys import Principal, find_principal
from services.accounts.limits import Rate
from services.accounts.permissions import Permission, giving, granted
from services.accounts.sessions import Person
from services.database.pool import Connection, Pool, confine, transaction

_bearer = HTTPBearer(auto_error=False, description="An API key: ing_...")
_cookie = APIKeyCookie(
    name=f"__Host-{cookies.SESSION}",
    auto_error=False,
    description="A session of POST /v1/sessions; writes repeat its `csrf` as X-CSRF-Token.",
)
_Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
_Cookie = Annotated[str | None, Depends(_cookie)]


class PasswordNeeded(HTTPException):
    """Somebody came with a one-time password and has to choose their own first."""

    def __init__(self) -> None:
        super().__init__(403, "choose a password of your own first: PUT /v1/me/password")


async def _pool(request: Request) -> Pool:
    pool: Pool = request.app.state.pool
    return pool


async def _settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


PoolOfApp = Annotated[Pool, Depends(_pool)]
SettingsOfApp = Annotated[Settings, Depends(_settings)]


async def _transaction(pool: PoolOfApp) -> AsyncIterator[Connection]:
    async with transaction(pool) as conn:
        yield conn


Transaction = Annotated[Connection, Depends(_transaction, scope="function")]


@dataclass(frozen=True, slots=True)
class Needs:
    """Lets in who has this permission; takes the connection of the request's transaction."""

    permission: Permission

    async def __call__(
        self, request: Request, conn: Transaction, bearer: _Bearer, _: _Cookie
    ) -> Principal:
        """Who asks; raises HTTPException 401, 403 or 429."""
        who = _allowed(await _identify(request, conn, bearer), self.permission)
        if who.confined:
            await confine(conn, who.tenant_id)
        return who


@dataclass(frozen=True, slots=True)
class NeedsEarly:
    """The same on a connection that is given back before the endpoint begins."""

    permission: Permission

    async def __call__(
        self, request: Request, pool: PoolOfApp, bearer: _Bearer, _: _Cookie
    ) -> Principal:
        """Who asks; raises HTTPException 401, 403 or 429."""
        async with transaction(pool) as conn:
            return _allowed(await _identify(request, conn, bearer), self.permission)


async def needs_session(request: Request, conn: Transaction, _: _Cookie) -> Person:
    """Who logged in; raises HTTPException 401, 403 or 429."""
    who = await _identify(request, conn, None)
    assert isinstance(who, Person)
    return who


OrderReader = Annotated[Principal, Depends(Needs("orders:read"))]
OrderWriter = Annotated[Principal, Depends(NeedsEarly("orders:write"))]
"""Its requests may carry long bodies, so no connection is held meanwhile; so with `FileSender`."""
FileSender = Annotated[Principal, Depends(NeedsEarly("files:write"))]
BatchReader = Annotated[Principal, Depends(Needs("batches:read"))]
BatchFetcher = Annotated[Principal, Depends(NeedsEarly("batches:read"))]
"""Reads a batch whose content comes from a store: no connection is held meanwhile."""
BatchJudge = Annotated[Principal, Depends(NeedsEarly("batches:decide"))]
"""Accepts and rejects what was delivered."""
Payer = Annotated[Principal, Depends(Needs("money:read"))]
"""Looks at invoices and the ledger."""
Listener = Annotated[Principal, Depends(Needs("webhooks:write"))]
"""Has webhooks sent, and reads the feed of events."""
Operator = Annotated[Principal, Depends(NeedsEarly("operate"))]
"""Runs the platform: books payments, signs for us."""
KeyKeeper = Annotated[Principal, Depends(Needs("keys:write"))]
Auditor = Annotated[Principal, Depends(Needs("audit:read"))]
Reviewer = Annotated[Principal, Depends(Needs("review:answer"))]
"""Answers tasks under a pseudonym."""
Adjudicator = Annotated[Principal, Depends(Needs("review:adjudicate"))]
"""Decides what reviewers disagree on, under a pseudonym."""
QaLead = Annotated[Principal, Depends(Needs("review:lead"))]
"""Looks after quality: guidelines, gold, flags, voids. An operator's key may, too."""
Importer = Annotated[Principal, Depends(NeedsEarly("review:import"))]
"""Brings and fetches tasks of other tools, in long bodies."""
QueueMaker = Annotated[Principal, Depends(Needs("queues:write"))]
Admin = Annotated[Principal, Depends(Needs("people:write"))]
"""Makes accounts. An operator's key may, too."""
Staff = Annotated[Principal, Depends(Needs("review:look"))]
"""An adjudicator or a QA lead."""
Member = Annotated[Principal, Depends(Needs("review:own"))]
"""Anyone who works here, with a pseudonym ('' for an operator's key)."""
LoggedIn = Annotated[Person, Depends(needs_session)]
"""Somebody with a session, whatever their roles, even after a one-time password."""


async def _identify(
    request: Request, conn: Connection, bearer: HTTPAuthorizationCredentials | None
) -> Principal:
    """Who asks, on a connection that nothing was done on yet."""
    async with limits.counting(conn):
        if bearer is not None:
            who = await find_principal(conn, bearer.credentials)
        else:
            who = await _person(request, conn)
        if who is None:
            raise HTTPException(
                401,
                "no valid API key and no session: send 'Authorization: Bearer ing_...', or log in",
                headers={"WWW-Authenticate": "Bearer"},
            )
        await limits.take(conn, _rate(request), who.name)
    return who


async def _person(request: Request, conn: Connection) -> Person | None:
    """Whose session the browser's cookie names; its writes are checked for forgery."""
    token = cookies.read(request)
    person = await sessions.find(conn, token) if token else None
    if person is not None:
        await check_write(request, person.csrf)
        request.state.csrf = person.csrf
    return person


def _rate(request: Request) -> Rate:
    name = "read" if request.method in ("GET", "HEAD") else "write"
    settings: Settings = request.app.state.settings
    return Rate(name, settings.requests_per_minute)


def _allowed(who: Principal, permission: Permission) -> Principal:
    if isinstance(who, Person) and who.one_time:
        raise PasswordNeeded
    if permission in who.permissions:
        return who
    if permission in granted(who.roles):
        raise HTTPException(
            403, f"this needs the scope {permission}; your key has {', '.join(who.scopes or ())}"
        )
    raise HTTPException(
        403,
        f"this needs {permission}, which comes with the role {' or '.join(giving(permission))}; "
        f"you have {', '.join(sorted(who.roles)) or 'none'}",
    )
