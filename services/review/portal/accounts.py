"""Accounts, for admins: made, changed, ended; one-time passwords are shown once."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from ingot.errors import IngotError
from services.accounts import service
from services.accounts.access import Admin, Transaction
from services.accounts.keys import Principal
from services.accounts.permissions import grantable
from services.accounts.schemas import AccountChange, NewAccount, OneTimePassword
from services.database.pool import Connection
from services.review.portal.forms import Form, FormFields, faults_of
from services.review.portal.pages import show

ROLES = {
    "reviewer": "answers tasks",
    "adjudicator": "decides what reviewers disagree on",
    "qa_lead": "guidelines, gold, flags, voids",
    "admin": "queues and accounts",
    "owner": "all that is the lab's",
    "lab_buyer": "orders, sends files",
    "lab_viewer": "looks at orders and batches",
    "auditor": "looks at all of that and the audit trail",
}
AccountId = Annotated[str, Path(pattern="^acc_[0-9a-f]{32}$")]
router = APIRouter(prefix="/portal/accounts")


@router.get("")
async def list_accounts(request: Request, conn: Transaction, me: Admin) -> HTMLResponse:
    """Who works here, and a form for one more."""
    return await _page(request, conn, me)


@router.post("")
async def add_account(
    request: Request, conn: Transaction, me: Admin, form: FormFields
) -> HTMLResponse:
    """Make an account and show its one-time password, or say what is wrong."""
    values = {"login": form.text("login").strip(), "roles": tuple(form.many("roles"))}
    pseudonym = form.text("pseudonym").strip()
    try:
        wanted = NewAccount.model_validate(values | {"pseudonym": pseudonym or None})
        async with conn.transaction():
            made = await service.add(conn, me.name, me.tenant_id, wanted, me.roles)
    except ValidationError as error:
        return await _page(request, conn, me, form=form, wrong=faults_of(error))
    except IngotError as error:
        return await _page(request, conn, me, form=form, wrong={"": str(error)})
    return await _page(request, conn, me, made=made)


@router.post("/{account_id}/roles")
async def set_roles(
    conn: Transaction, me: Admin, account_id: AccountId, form: FormFields
) -> Response:
    """Give the account exactly the ticked roles."""
    try:
        change = AccountChange(roles=tuple(form.many("roles")))
    except ValidationError as error:
        raise HTTPException(422, "an account has one role at least: tick one") from error
    return await _changed(conn, me, account_id, change)


@router.post("/{account_id}/state")
async def set_state(
    conn: Transaction, me: Admin, account_id: AccountId, form: FormFields
) -> Response:
    """Disable an account, which ends its sessions, or enable it again."""
    change = AccountChange(disabled=form.text("state") == "disabled")
    return await _changed(conn, me, account_id, change)


@router.post("/{account_id}/password")
async def reset_password(
    request: Request, conn: Transaction, me: Admin, account_id: AccountId
) -> HTMLResponse:
    """End the account's sessions and show a one-time password."""
    made = await service.reset_password(conn, me.name, me.tenant_id, account_id, me.roles)
    if made is None:
        raise HTTPException(404, f"there is no account {account_id!r}")
    return await _page(request, conn, me, made=made)


async def _changed(
    conn: Connection, me: Principal, account_id: str, change: AccountChange
) -> Response:
    if await service.change(conn, me.name, me.tenant_id, account_id, change, me.roles) is None:
        raise HTTPException(404, f"there is no account {account_id!r}")
    return RedirectResponse(f"/portal/accounts#{account_id}", 303)


async def _page(
    request: Request,
    conn: Connection,
    me: Principal,
    *,
    form: Form | None = None,
    wrong: Mapping[str, str] | None = None,
    made: OneTimePassword | None = None,
) -> HTMLResponse:
    return show(
        request,
        "accounts.html",
        me,
        status=422 if wrong else 200,
        accounts=await service.find_all(conn, me.tenant_id),
        form=form or Form([("roles", "reviewer")]),
        wrong=wrong or {},
        made=made,
        roles={role: about for role, about in ROLES.items() if role in grantable(me.roles)},
    )
