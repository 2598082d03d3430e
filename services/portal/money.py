"""Money: invoices with their lines, credit notes, and the books of an order."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.accounts.access import Transaction
from services.contracts.contract import get
from services.money import ledger, repository
from services.portal.pages import Payer, missing, show

router = APIRouter(prefix="/portal/money")
_SHOWN = 100


@router.get("")
async def money(request: Request, conn: Transaction, me: Payer) -> HTMLResponse:
    """The newest invoices and credit notes."""
    return await show(
        request,
        conn,
        "money.html",
        me,
        invoices=await repository.invoices(conn, me.tenant_id, None, None, _SHOWN),
        notes=await repository.notes(conn, me.tenant_id, None, None, _SHOWN),
    )


@router.get("/invoices/{invoice_id}")
async def invoice(request: Request, conn: Transaction, me: Payer, invoice_id: str) -> HTMLResponse:
    """One invoice."""
    found = await repository.invoice(conn, me.tenant_id, invoice_id)
    if found is None:
        raise missing(f"invoice {invoice_id!r}")
    lines = await repository.lines(conn, invoice_id)
    return await show(request, conn, "invoice.html", me, invoice=found, lines=lines)


@router.get("/orders/{order_id}")
async def books(request: Request, conn: Transaction, me: Payer, order_id: str) -> HTMLResponse:
    """The books of an order."""
    contract = await get(conn, me.tenant_id, order_id)
    return await show(
        request,
        conn,
        "books.html",
        me,
        order=contract,
        entries=await repository.entries(conn, me.tenant_id, order_id),
        balances=await ledger.balances(conn, me.tenant_id, order_id),
        faults=await ledger.faults(conn, me.tenant_id, order_id),
    )
