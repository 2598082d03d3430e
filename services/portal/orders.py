"""Orders: the list, and one with its batches, money, incidents, terms and acts."""

from datetime import timedelta
from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from services.accounts.access import SettingsOfApp, Transaction
from services.contracts import repository
from services.contracts.contract import Contract, get, locked
from services.contracts.guidelines import repository as guidelines
from services.contracts.orders import life, views
from services.contracts.orders.schemas import TermsChange
from services.contracts.quotes.repository import now_of
from services.database.pool import transaction
from services.database.vault import open_vault
from services.money import ledger
from services.money import repository as money
from services.ordering import service as ordering
from services.portal.charts import draw_burn_up
from services.portal.pages import Reader, Writer, back, show
from services.portal.progress import burn_up
from services.rehearsal import clock
from services.review.portal.forms import FormFields

router = APIRouter(prefix="/portal/orders")
_ACTS = ("pause", "resume", "dispute", "cancel")
_AT_ONCE = 100


@router.get("")
async def list_orders(request: Request, conn: Transaction, me: Reader) -> HTMLResponse:
    """Orders under contract with what is due next and their money, and those that are not."""
    contracts = await repository.overview(conn, me.tenant_id)
    orders = (await ordering.list_orders(conn, me.tenant_id, None, _AT_ONCE)).data
    spot = [order for order in orders if order.contract_state is None]
    return await show(request, conn, "orders.html", me, contracts=contracts, spot=spot)


@router.get("/{order_id}")
async def one_order(
    request: Request, conn: Transaction, me: Reader, order_id: str, said: str = ""
) -> Response:
    """An order, whole."""
    contract = await get(conn, me.tenant_id, order_id)
    return await _page(request, conn, me, contract)


@router.post("/{order_id}/act")
async def act(
    request: Request, conn: Transaction, me: Writer, order_id: str, form: FormFields
) -> RedirectResponse:
    """Pause, go on, dispute, cancel."""
    contract, reason = await locked(conn, me.tenant_id, order_id), form.text("reason")
    match form.get("act"):
        case "pause":
            await life.pause(conn, contract, me.name, reason)
        case "resume":
            await life.resume(conn, contract, me.name, reason)
        case "dispute":
            await life.dispute(conn, contract, me.name, reason)
        case "cancel":
            await life.cancel(conn, contract, me.name, reason)
        case other:
            raise HTTPException(422, f"act: {other!r:.40} is none of {', '.join(_ACTS)}")
    return back(f"/portal/orders/{order_id}")


@router.post("/{order_id}/amend")
async def amend(
    request: Request, conn: Transaction, me: Writer, order_id: str, form: FormFields
) -> RedirectResponse:
    """Propose to change a term."""
    contract = await locked(conn, me.tenant_id, order_id)
    change = TermsChange.model_validate({form.get("term", ""): form.get("value", "")})
    await life.propose(conn, contract, change, form.text("note"), me.name, "lab")
    return back(f"/portal/orders/{order_id}")


@router.post("/{order_id}/sign")
async def sign(
    request: Request, conn: Transaction, me: Writer, order_id: str, form: FormFields
) -> RedirectResponse:
    """Sign what was proposed to us."""
    contract = await locked(conn, me.tenant_id, order_id)
    await life.sign(conn, contract, int(form.get("n", "0")), me.name, "lab")
    return back(f"/portal/orders/{order_id}")


async def _page(
    request: Request, conn: Transaction, me: Reader, contract: Contract
) -> HTMLResponse:
    view = await views.view(conn, contract)
    tenant = me.tenant_id
    incidents = await repository.incidents(conn, tenant, contract.id, None, _AT_ONCE)
    points = burn_up(view, await money.units_by_batch(conn, contract.id))
    values: dict[str, Any] = {
        "order": view,
        "terms": contract.terms.model_dump(),
        "balances": await ledger.balances(conn, tenant, contract.id),
        "sums": await money.sums(conn, tenant, contract.id),
        "incidents": incidents,
        "amendments": await repository.amendments(conn, contract.id),
        "guideline": await guidelines.newest(conn, contract.id),
        "points": points,
        "chart": draw_burn_up(points, view.now) if points else None,
        "changeable": sorted(TermsChange.model_fields),
    }
    return await show(request, conn, "order.html", me, **values)


rehearsal = APIRouter(prefix="/portal/rehearsal")


@rehearsal.post("/clock")
async def advance(
    request: Request, conn: Transaction, me: Writer, settings: SettingsOfApp, form: FormFields
) -> RedirectResponse:
    """Move the rehearsal's clock."""
    if not me.rehearses:
        raise HTTPException(403, "only a rehearsal has a clock that moves: switch to it first")
    days = float(form.get("days", "1"))
    async with transaction(request.app.state.pool) as producing:  # it is production that acts
        to = await now_of(producing, me.tenant_id) + timedelta(days=min(max(days, 0), 366))
        await clock.advance(producing, me.tenant_id, to, open_vault(settings))
    place = form.get("back", "")
    return back(place if place.startswith("/portal/") else "/portal/orders")
