"""The home page: where there is work, what it pays, and what one did today."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from services.accounts.access import Member, Transaction
from services.review.portal import repository
from services.review.portal.pages import show
from services.review.queue.queues import visible
from services.review.queue.queues_repository import WAITING_CAP

router = APIRouter()


@router.get("/")
async def front() -> RedirectResponse:
    """People who type the bare address want the portal."""
    return RedirectResponse("/portal", 303)


@router.get("/portal")
async def home(request: Request, conn: Transaction, me: Member) -> HTMLResponse:
    """Queues with their terms, and one's day."""
    queues = await _queues(conn, me)
    return show(
        request,
        "home.html",
        me,
        training=[queue for queue in queues if queue["purpose"] == "training"],
        production=[queue for queue in queues if queue["purpose"] == "production"],
        day=await _day(conn, me.pseudonym),
        counted=WAITING_CAP,
    )


async def _queues(conn: Transaction, me: Member) -> list[dict[str, Any]]:
    queues = await visible(conn, me)
    own = await repository.own_terms(conn, me.pseudonym, [queue["id"] for queue in queues])
    return [{**queue, **own[queue["id"]]} for queue in queues]


async def _day(conn: Transaction, reviewer: str) -> dict[str, Any]:
    rows = await repository.today(conn, reviewer)
    return {
        "answers": sum(row["answers"] for row in rows),
        "active_ms": sum(row["active_ms"] for row in rows),
        "pay": [(row["amount_minor"], row["currency"]) for row in rows if row["amount_minor"]],
        "held": await repository.held(conn, reviewer),
    }
