"""REST for log-in and accounts: /v1/sessions, /v1/me/password, /v1/accounts."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request, Response

from services.accounts import cookies, service
from services.accounts.access import Admin, LoggedIn, PoolOfApp, SettingsOfApp, Transaction
from services.accounts.forgery import check_origin
from services.accounts.log_in import Caller, log_in
from services.accounts.schemas import (
    AccountChange,
    AccountList,
    AccountView,
    LogIn,
    NewAccount,
    OneTimePassword,
    PasswordChange,
    SessionView,
)
from services.accounts.sessions import Person
from services.web.problems import responses

router = APIRouter(prefix="/v1", tags=["accounts"], responses=responses(401, 403, 422, 429, 503))
AccountId = Annotated[str, Path(pattern="^acc_[0-9a-f]{32}$")]


@router.post("/sessions", status_code=201, responses=responses(400))
async def start_session(
    request: Request,
    response: Response,
    wanted: LogIn,
    pool: PoolOfApp,
    settings: SettingsOfApp,
) -> SessionView:
    """Log in; the session comes as a cookie."""
    check_origin(request, named=False)
    opened = await log_in(pool, caller_of(request), wanted)
    if opened is None:
        raise HTTPException(
            401, "log-in or password is wrong", headers={"WWW-Authenticate": "Session"}
        )
    cookies.put(response, settings, opened.token)
    return _view(opened.person)


@router.get("/sessions/current")
async def my_session(person: LoggedIn) -> SessionView:
    """Who you are, and what your writes have to repeat."""
    return _view(person)


@router.delete("/sessions/current", status_code=204)
async def end_session(
    request: Request, person: LoggedIn, conn: Transaction, settings: SettingsOfApp
) -> Response:
    """Log out."""
    await service.log_out(conn, person, cookies.read(request))
    response = Response(status_code=204)
    cookies.put(response, settings, "")
    return response


@router.put("/me/password", responses=responses(400, 409))
async def change_password(
    response: Response,
    person: LoggedIn,
    conn: Transaction,
    settings: SettingsOfApp,
    wanted: PasswordChange,
) -> SessionView:
    """Choose a password; all your sessions end and the cookie of a new one comes back."""
    opened = await service.change_password(conn, person, wanted)
    cookies.put(response, settings, opened.token)
    return _view(opened.person)


@router.get("/accounts")
async def list_accounts(admin: Admin, conn: Transaction) -> AccountList:
    """Who works here."""
    return AccountList(data=tuple(await service.find_all(conn, admin.tenant_id)))


@router.post("/accounts", status_code=201, responses=responses(400, 409))
async def add_account(admin: Admin, conn: Transaction, wanted: NewAccount) -> OneTimePassword:
    """Make an account; the one-time password is shown only here."""
    return await service.add(conn, admin.name, admin.tenant_id, wanted, admin.roles)


@router.patch("/accounts/{account_id}", responses=responses(400, 404))
async def change_account(
    account_id: AccountId, admin: Admin, conn: Transaction, wanted: AccountChange
) -> AccountView:
    """Change roles, disable or enable."""
    changed = await service.change(
        conn, admin.name, admin.tenant_id, account_id, wanted, admin.roles
    )
    if changed is None:
        raise _unknown(account_id)
    return changed


@router.post("/accounts/{account_id}/password", responses=responses(404))
async def reset_password(account_id: AccountId, admin: Admin, conn: Transaction) -> OneTimePassword:
    """End all sessions of an account and give it a one-time password."""
    made = await service.reset_password(conn, admin.name, admin.tenant_id, account_id, admin.roles)
    if made is None:
        raise _unknown(account_id)
    return made


def caller_of(request: Request) -> Caller:
    """The browser behind a request."""
    return Caller(request.client.host if request.client else "", cookies.read(request))


def _view(person: Person) -> SessionView:
    return SessionView(
        pseudonym=person.pseudonym,
        roles=tuple(sorted(person.roles)),
        csrf=person.csrf,
        must_change_password=person.one_time,
        expires_at=person.session_until,
    )


def _unknown(account_id: str) -> HTTPException:
    return HTTPException(404, f"no account {account_id!r}: see GET /v1/accounts")
