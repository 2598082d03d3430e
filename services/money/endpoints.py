"""REST for money: invoices, credit notes and the ledger of an order."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Response

from services.accounts.access import Operator, OrderWriter, Payer, PoolOfApp, Transaction
from services.database.pool import Connection, Row
from services.money import invoices, ledger, repository
from services.money.schemas import (
    EntryView,
    InvoiceLines,
    InvoicePage,
    InvoiceView,
    LedgerView,
    NewPayment,
    NotePage,
    NoteView,
)
from services.web.conditions import etag
from services.web.once import Made, OnceOnly
from services.web.paging import After, Limit, check_cursor, page_of
from services.web.problems import responses

router = APIRouter(prefix="/v1", tags=["money"], responses=responses(401, 403, 422, 503))
InvoiceId = Annotated[str, Path(pattern="^inv_[0-9a-f]{32}$")]
OrderId = Annotated[str, Path(pattern="^ord_[0-9a-f]{32}$")]
OfOrder = Annotated[str | None, Query(pattern="^ord_[0-9a-f]{32}$")]


@router.get("/invoices", responses=responses(400))
async def list_invoices(
    lab: Payer,
    conn: Transaction,
    order_id: OfOrder = None,
    limit: Limit = 50,
    starting_after: After = None,
) -> InvoicePage:
    """Your invoices, newest first."""
    after = check_cursor(starting_after, "inv")
    rows = await repository.invoices(conn, lab.tenant_id, order_id, after, limit + 1)
    return page_of(InvoicePage, rows, limit, _invoice)


@router.get("/invoices/{invoice_id}", responses=responses(404))
async def get_invoice(
    invoice_id: InvoiceId, lab: Payer, conn: Transaction, response: Response
) -> InvoiceView:
    """An invoice."""
    invoice = _invoice(await _found(conn, lab.tenant_id, invoice_id))
    response.headers["ETag"] = etag(invoice.version)
    return invoice


@router.get("/invoices/{invoice_id}/lines", responses=responses(404))
async def get_lines(invoice_id: InvoiceId, lab: Payer, conn: Transaction) -> InvoiceLines:
    """What an invoice is for."""
    await _found(conn, lab.tenant_id, invoice_id)
    rows = await repository.lines(conn, invoice_id)
    return InvoiceLines.model_validate({"invoice_id": invoice_id, "data": rows})


@router.get("/credit-notes", responses=responses(400))
async def list_notes(
    lab: Payer,
    conn: Transaction,
    order_id: OfOrder = None,
    limit: Limit = 50,
    starting_after: After = None,
) -> NotePage:
    """Your credit notes, newest first."""
    after = check_cursor(starting_after, "cre")
    rows = await repository.notes(conn, lab.tenant_id, order_id, after, limit + 1)
    return page_of(NotePage, rows, limit, lambda row: NoteView(**row))


@router.get("/orders/{order_id}/ledger", responses=responses(404))
async def get_ledger(order_id: OrderId, lab: Payer, conn: Transaction) -> LedgerView:
    """The books of an order under contract: what was contracted, invoiced, credited and paid."""
    rows = await repository.entries(conn, lab.tenant_id, order_id)
    if not rows:
        raise HTTPException(
            404, f"there is no {order_id!r} under contract among your orders: check the id"
        )
    return LedgerView(
        order_id=order_id,
        balances=await ledger.balances(conn, lab.tenant_id, order_id),
        entries=tuple(EntryView.model_validate(row) for row in rows),
        faults=tuple(await ledger.faults(conn, lab.tenant_id, order_id)),
    )


@router.post(
    "/invoices/{invoice_id}/payments",
    status_code=201,
    response_model=InvoiceView,
    responses=responses(400, 404, 409),
)
async def book_payment(
    invoice_id: InvoiceId, wanted: NewPayment, who: Operator, pool: PoolOfApp, once: OnceOnly
) -> Response:
    """Book a payment that came in; for operators."""

    async def act(conn: Connection) -> Made:
        return await _paid(conn, wanted.tenant, invoice_id, wanted.amount, wanted.ref, who.name)

    return await once.run(pool, who.tenant_id, wanted, act, confined=False)


@router.post(
    "/test/invoices/{invoice_id}/pay",
    status_code=201,
    response_model=InvoiceView,
    responses=responses(400, 404, 409),
)
async def pay_invoice(
    invoice_id: InvoiceId, lab: OrderWriter, pool: PoolOfApp, once: OnceOnly
) -> Response:
    """Pay an invoice of a rehearsal, in whole."""
    if not lab.rehearses:
        raise HTTPException(
            403, "this is for rehearsals: ask with a key that begins with ing_test_"
        )

    async def act(conn: Connection) -> Made:
        return await _paid(conn, lab.tenant_id, invoice_id, None, f"test {invoice_id}", lab.name)

    return await once.run(pool, lab.tenant_id, None, act)


async def _paid(
    conn: Connection, tenant: str, invoice_id: str, amount: int | None, ref: str, actor: str
) -> Made:
    """Book a payment while the order is locked, as everything that changes it."""
    invoice = await _found(conn, tenant, invoice_id)
    order = await repository.lock_order(conn, tenant, invoice["order_id"])
    assert order is not None
    await invoices.pay(conn, tenant, invoice_id, amount, ref, order["now"], actor)
    return Made(_invoice(await _found(conn, tenant, invoice_id)))


async def _found(conn: Connection, tenant: str, invoice_id: str) -> Row:
    row = await repository.invoice(conn, tenant, invoice_id)
    if row is None:
        raise HTTPException(404, f"there is no {invoice_id!r} among your invoices: check the id")
    return row


def _invoice(row: Row) -> InvoiceView:
    return InvoiceView(**row)
