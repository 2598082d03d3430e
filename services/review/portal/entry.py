"""Log-in, log-out, and the choice of a password."""

import re

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from ingot.errors import OrderError
from services.accounts import cookies, service
from services.accounts.access import LoggedIn, PoolOfApp, SettingsOfApp, Transaction
from services.accounts.endpoints import caller_of
from services.accounts.forgery import check_origin
from services.accounts.log_in import log_in
from services.accounts.passwords import MIN_CHARS
from services.accounts.schemas import LogIn, PasswordChange
from services.review.portal.forms import Form, FormFields, faults_of
from services.review.portal.pages import home_of, show

_OWN_PLACE = re.compile(r"/(portal|review)(/[\w/-]*)?(\?[\w=&-]*)?")
_WRONG = (
    "Name or password is wrong. Both are checked letter by letter; capitals count in the password."
)
router = APIRouter(prefix="/portal")


@router.get("/login")
async def log_in_page(request: Request) -> HTMLResponse:
    """Who are you?"""
    return _log_in_page(request, request.query_params.get("next", ""))


@router.post("/login")
async def enter(
    request: Request, pool: PoolOfApp, settings: SettingsOfApp, form: FormFields
) -> Response:
    """Open a session and go where one wanted to; else the form again, with the name kept."""
    check_origin(request, named=False)
    try:
        wanted = LogIn(login=form.text("login"), password=form.get("password", ""))
        opened = await log_in(pool, caller_of(request), wanted)
    except ValidationError:
        opened = None
    except HTTPException as refused:
        if refused.status_code != 429:
            raise
        return _log_in_again(request, form, refused.status_code, str(refused.detail))
    if opened is None:
        return _log_in_again(request, form, 401, _WRONG)
    wanted_place = _own(form.text("next"))
    place = home_of(opened.person) if wanted_place == "/portal" else wanted_place
    if opened.person.one_time:
        place = "/portal/password"
    response = RedirectResponse(place, 303)
    cookies.put(response, settings, opened.token)
    return response


@router.post("/logout")
async def leave(
    request: Request, conn: Transaction, person: LoggedIn, settings: SettingsOfApp
) -> Response:
    """End the session."""
    await service.log_out(conn, person, cookies.read(request))
    response = RedirectResponse("/portal/login", 303)
    cookies.put(response, settings, "")
    return response


@router.get("/password")
async def password_page(request: Request, person: LoggedIn) -> HTMLResponse:
    """Choose a password."""
    return show(request, "password.html", person, wrong={}, least=MIN_CHARS)


@router.post("/password")
async def choose_password(
    request: Request,
    conn: Transaction,
    person: LoggedIn,
    settings: SettingsOfApp,
    form: FormFields,
) -> Response:
    """Take the new password, or say what is wrong with it."""
    wrong = {}
    if form.get("new") != form.get("again"):
        wrong = {"again": "this is not the same as the new password"}
    else:
        try:
            wanted = PasswordChange(present=form.get("present", ""), new=form.get("new", ""))
            async with conn.transaction():
                opened = await service.change_password(conn, person, wanted)
        except ValidationError as error:
            wrong = faults_of(error)
        except OrderError as error:
            wrong = {error.field: str(error)}
    if wrong:
        return show(request, "password.html", person, status=422, wrong=wrong, least=MIN_CHARS)
    response = RedirectResponse(home_of(opened.person), 303)
    cookies.put(response, settings, opened.token)
    return response


def _log_in_page(
    request: Request, wanted: str, login: str = "", wrong: str = "", status: int = 200
) -> HTMLResponse:
    return show(
        request,
        "login.html",
        None,
        status=status,
        wanted=_own(wanted),
        login=login,
        wrong=wrong,
        single_sign_on=bool(request.app.state.settings.oidc_issuer),
    )


def _log_in_again(request: Request, form: Form, status: int, wrong: str) -> HTMLResponse:
    return _log_in_page(request, form.text("next"), form.text("login")[:254], wrong, status)


def _own(place: str) -> str:
    """A path of ours, home for anything else: nobody is sent elsewhere after log-in."""
    return place if _OWN_PLACE.fullmatch(place) else "/portal"
