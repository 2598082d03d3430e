"""Log-in by single sign-on: to the provider and back, as pages do.

An account is the provider's subject once they met: at the first time by the address that the
provider has checked, which has to be the account's log-in. Nobody gets an account by signing on.
"""

import base64
import binascii
import hmac
import logging

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from services.accounts import cookies, limits, repository
from services.accounts.access import PoolOfApp, SettingsOfApp
from services.accounts.endpoints import caller_of
from services.accounts.forgery import own_origin
from services.accounts.log_in import enter
from services.accounts.provider import (
    Attempt,
    SignOnError,
    Subject,
    address_of,
    identify,
    new_attempt,
)
from services.accounts.service import normal_login
from services.database.pool import transaction
from services.database.trail import audit

logger = logging.getLogger(__name__)
router = APIRouter(include_in_schema=False)
PATH, BACK = "/portal/sign-on", "/portal/sign-on/back"
_COOKIE, _MINUTES = "ingot-sign-on", 10


@router.get(PATH)
async def begin(request: Request, pool: PoolOfApp, settings: SettingsOfApp) -> RedirectResponse:
    """Send the browser to the provider."""
    await _count(request, pool)
    attempt = new_attempt()
    try:
        address = await address_of(settings, _back(request), attempt)
    except SignOnError as error:
        raise _refusal(error) from error
    response = RedirectResponse(address, 303)
    kept = base64.urlsafe_b64encode(attempt.model_dump_json().encode()).decode()
    cookies.put(response, settings, kept, _COOKIE, _MINUTES * 60)
    return response


@router.get(BACK)
async def come_back(
    request: Request, pool: PoolOfApp, settings: SettingsOfApp, state: str = "", code: str = ""
) -> RedirectResponse:
    """Take what the provider says, and open a session."""
    await _count(request, pool)
    try:
        attempt = _attempt(request, state)
        subject = await identify(settings, _back(request), attempt, code)
    except SignOnError as error:
        raise _refusal(error) from error
    token = await _enter(request, pool, subject)
    if token is None:
        raise HTTPException(
            403, "you have no account here: ask an admin for one with your email as its log-in"
        )
    response = RedirectResponse("/portal", 303)
    cookies.put(response, settings, "", _COOKIE)
    cookies.put(response, settings, token)
    return response


async def _enter(request: Request, pool: PoolOfApp, subject: Subject) -> str | None:
    caller = caller_of(request)
    async with transaction(pool) as conn:
        account = await repository.link_subject(conn, subject.id, normal_login(subject.email))
        opened = await enter(conn, caller, account, by_password=False) if account else None
        if opened is None:
            await audit(conn, "anonymous", "session.refused", "", {"address": caller.address})
    return opened.token if opened else None


async def _count(request: Request, pool: PoolOfApp) -> None:
    async with transaction(pool) as conn, limits.counting(conn):
        await limits.take(conn, limits.ADDRESS, caller_of(request).address)


def _attempt(request: Request, state: str) -> Attempt:
    """The attempt that this very browser began, with this state."""
    try:
        kept = base64.urlsafe_b64decode(cookies.read(request, _COOKIE))
        attempt = Attempt.model_validate_json(kept)
    except (binascii.Error, ValidationError, ValueError) as error:
        raise SignOnError("no attempt begun in this browser") from error
    if not hmac.compare_digest(attempt.state.encode(), state.encode(errors="replace")):
        raise SignOnError("the state is not the one that this browser was sent with")
    return attempt


def _back(request: Request) -> str:
    return own_origin(request) + BACK


def _refusal(error: SignOnError) -> HTTPException:
    """What people are told; the log has why."""
    logger.warning("sign-on refused why=%s", error)
    return HTTPException(403, f"the sign-on did not succeed: start again at {PATH}")
