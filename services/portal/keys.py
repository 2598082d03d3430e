"""API keys of the lab, and its trail."""

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ingot.errors import OrderError
from services.accounts import key_service as service
from services.accounts.access import Transaction
from services.accounts.key_schemas import KeyMade, NewKey
from services.accounts.permissions import PERMISSIONS, granted
from services.database import trail
from services.portal.pages import Auditor, KeyKeeper, back, missing, show
from services.review.portal.forms import FormFields

router = APIRouter(prefix="/portal")
_SHOWN = 100
_SCOPES = [permission for permission in PERMISSIONS if permission in granted(("lab",))]


@router.get("/keys")
async def keys(request: Request, conn: Transaction, me: KeyKeeper) -> HTMLResponse:
    """All keys."""
    return await _page(request, conn, me, {}, None)


@router.post("/keys")
async def make(request: Request, conn: Transaction, me: KeyKeeper, form: FormFields) -> Response:
    """Make a key and show it, once."""
    days = int(form.get("days") or 0)
    end = datetime.now(UTC) + timedelta(days=days) if days else None
    scopes = [scope for scope in form.many("scope") if scope in _SCOPES]
    wanted = NewKey.model_validate(
        {
            "name": form.text("name")[:120],
            "scopes": scopes or None,
            "expires_at": end,
            "test": me.rehearses,
        }
    )
    try:
        made = await service.make(conn, me, wanted)
    except OrderError as error:
        return await _page(request, conn, me, {error.field: str(error)}, None)
    return await _page(request, conn, me, {}, made)


@router.post("/keys/{key_id}/rotate")
async def rotate(request: Request, conn: Transaction, me: KeyKeeper, key_id: str) -> HTMLResponse:
    """A new key like this one, which ends in a day."""
    made = await service.rotate(conn, me, key_id, 24)
    if made is None:
        raise missing(f"key {key_id!r}")
    return await _page(request, conn, me, {}, made)


@router.post("/keys/{key_id}/revoke")
async def revoke(
    request: Request, conn: Transaction, me: KeyKeeper, key_id: str
) -> RedirectResponse:
    """End a key, now."""
    if not await service.revoke(conn, me, key_id):
        raise missing(f"key {key_id!r}")
    return back("/portal/keys")


@router.get("/trail")
async def read_trail(
    request: Request,
    conn: Transaction,
    me: Auditor,
    after: int = Query(0, ge=0, lt=2**63),
    about: str = Query("", max_length=255),
) -> HTMLResponse:
    """What was done, oldest first, with the chain's hashes."""
    await trail.seal(conn, me.tenant_id)
    rows = await trail.sealed(conn, me.tenant_id, after, _SHOWN + 1, about or None)
    return await show(
        request,
        conn,
        "trail.html",
        me,
        events=rows[:_SHOWN],
        more=rows[_SHOWN - 1]["n"] if len(rows) > _SHOWN else None,
        about=about,
    )


async def _page(
    request: Request,
    conn: Transaction,
    me: KeyKeeper,
    wrong: dict[str, str],
    made: KeyMade | None,
) -> HTMLResponse:
    page = await service.page(conn, me, "0" * 12, _SHOWN, me.rehearses)
    return await show(
        request,
        conn,
        "keys.html",
        me,
        status=422 if wrong else 200,
        keys=page.data,
        scopes=[scope for scope in _SCOPES if scope in me.permissions],
        wrong=wrong,
        made=made,
    )
