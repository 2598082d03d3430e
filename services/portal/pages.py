"""Labs' pages: who looks, at what is live or at their rehearsal, and what each page knows."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from services.accounts import repository as accounts
from services.accounts.access import Needs, Transaction
from services.accounts.keys import Principal, rehearsal_of
from services.accounts.permissions import Permission
from services.contracts.quotes.repository import now_of
from services.database.pool import Connection, confine
from services.portal import words
from services.review.portal.forms import FormFields
from services.review.portal.pages import show as show_page
from services.review.portal.pages import templates

COOKIE = "ingot-rehearsal"
_TEMPLATES = templates(Path(__file__).parent / "templates")
_TEMPLATES.globals |= {"order_words": words.ORDER, "batch_words": words.BATCH}
_TEMPLATES.filters |= {"day": words.day, "tone": words.tone}
router = APIRouter(prefix="/portal")


@dataclass(frozen=True, slots=True)
class Looking:
    """Lets in who has a permission; whoever rehearses is a member of their rehearsal's tenant."""

    permission: Permission

    def __call__(self) -> Callable[..., Awaitable[Principal]]:
        """The dependency."""

        async def look(
            request: Request,
            conn: Transaction,
            who: Annotated[Principal, Depends(Needs(self.permission))],
        ) -> Principal:
            if request.cookies.get(COOKIE) != "on" or who.rehearses:
                return who
            rehearsing = replace(who, tenant_id=rehearsal_of(who.tenant_id))
            await accounts.add_tenant(conn, rehearsing.tenant_id)
            await confine(conn, rehearsing.tenant_id)
            return rehearsing

        return look


Reader = Annotated[Principal, Depends(Looking("orders:read")())]
Writer = Annotated[Principal, Depends(Looking("orders:write")())]
Judge = Annotated[Principal, Depends(Looking("batches:decide")())]
Payer = Annotated[Principal, Depends(Looking("money:read")())]
Listener = Annotated[Principal, Depends(Looking("webhooks:write")())]
KeyKeeper = Annotated[Principal, Depends(Looking("keys:write")())]
Auditor = Annotated[Principal, Depends(Looking("audit:read")())]


async def show(
    request: Request,
    conn: Connection,
    name: str,
    me: Principal,
    *,
    status: int = 200,
    **values: object,
) -> HTMLResponse:
    """A page of a lab, which knows the time by its clock and what one may do."""
    return show_page(
        request,
        name,
        me,
        status=status,
        environment=_TEMPLATES,
        may=me.permissions,
        rehearses=me.rehearses,
        now=await now_of(conn, me.tenant_id),
        **values,
    )


@router.post("/rehearsal")
async def switch(request: Request, me: Reader, form: FormFields) -> RedirectResponse:
    """Look at the rehearsal, or at what is live."""
    response = RedirectResponse("/portal/orders", 303)
    on = form.get("on") == "on"
    response.set_cookie(
        COOKIE, "on" if on else "", max_age=None if on else 0, httponly=True, samesite="lax"
    )
    return response


def back(path: str) -> RedirectResponse:
    """After an act, look at what came of it."""
    return RedirectResponse(path, 303)


def missing(what: str) -> HTTPException:
    """What is not there, or another's."""
    return HTTPException(404, f"there is no {what} among yours: check the address")
