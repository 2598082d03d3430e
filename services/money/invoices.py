"""Invoices for what was accepted, credit notes for what was not as agreed, payments."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from ingot.errors import StateError
from services.database.pool import Connection, Row
from services.database.trail import audit
from services.money import ledger, repository
from services.money.prices import Line, Part
from services.webhooks.events import EventData, publish

NoteKind = Literal["late", "rejected", "cancelled"]
DUE_DAYS = 30


async def invoiced(conn: Connection, order_id: str, number: int) -> Part:
    """What of a production batch was invoiced so far."""
    row = await repository.invoiced(conn, order_id, number)
    return Part(row["units"], row["items"])


async def issue(
    conn: Connection,
    tenant: str,
    order_id: str,
    batch_id: str,
    lines: Sequence[Line],
    *,
    number: int,
    part: Part,
    currency: str,
    at: datetime,
    actor: str,
) -> str:
    """Open the invoice of a batch, book it, tell the lab, and give its id."""
    total = sum(line.amount for line in lines)
    invoice_id = await repository.add_invoice(
        conn,
        {
            "tenant_id": tenant,
            "order_id": order_id,
            "batch_id": batch_id,
            "number": number,
            "units": part.units,
            "items": part.items,
            "currency": currency,
            "total": total,
            "opened_at": at,
            "due_at": at + timedelta(days=DUE_DAYS),
        },
    )
    await repository.add_lines(conn, tenant, invoice_id, [line.model_dump() for line in lines])
    await repository.set_invoice(conn, invoice_id, "open", total, None)
    await ledger.post(
        conn,
        tenant,
        order_id,
        "invoice",
        invoice_id,
        {"receivable": total, "revenue": -total, "backlog": -total, "commitment": total},
        currency=currency,
        at=at,
    )
    detail = {"batch": batch_id, "total": total}
    await audit(conn, actor, "invoice.opened", invoice_id, detail, tenant=tenant)
    data = EventData(id=invoice_id, object="invoice", state="open", version=2)
    await publish(conn, tenant, "invoice.opened", data, at)
    return invoice_id


async def credit_late(
    conn: Connection, tenant: str, invoice_id: str, amount: int, reason: str, at: datetime
) -> str:
    """Credit part of an open invoice, and give the note's id."""
    invoice = await _open(conn, tenant, invoice_id)
    _check_amount(invoice, amount)
    note_id = await _note(conn, tenant, invoice, "late", invoice_id, reason, amount, at)
    await ledger.post(
        conn,
        tenant,
        invoice["order_id"],
        "credit",
        note_id,
        {"credits": amount, "receivable": -amount},
        currency=invoice["currency"],
        at=at,
    )
    await _reduce(conn, invoice, amount, at)
    return note_id


async def release(
    conn: Connection,
    tenant: str,
    order_id: str,
    batch_id: str | None,
    kind: Literal["rejected", "cancelled"],
    amount: int,
    *,
    reason: str,
    currency: str,
    at: datetime,
) -> str:
    """Take off what will not be delivered any more, and give the note's id."""
    order = {"order_id": order_id, "batch_id": batch_id, "currency": currency}
    note_id = await _note(conn, tenant, order, kind, None, reason, amount, at)
    await ledger.post(
        conn,
        tenant,
        order_id,
        "release",
        note_id,
        {"backlog": -amount, "commitment": amount},
        currency=currency,
        at=at,
    )
    return note_id


async def pay(
    conn: Connection,
    tenant: str,
    invoice_id: str,
    amount: int | None,
    ref: str,
    at: datetime,
    actor: str,
) -> None:
    """Book a payment on an open invoice, by default of all that is open.

    Raises StateError where it is not open, or less is.
    """
    invoice = await _open(conn, tenant, invoice_id)
    paid = invoice["open"] if amount is None else amount
    _check_amount(invoice, paid)
    await ledger.post(
        conn,
        tenant,
        invoice["order_id"],
        "payment",
        ref,
        {"cash": paid, "receivable": -paid},
        currency=invoice["currency"],
        at=at,
    )
    await _reduce(conn, invoice, paid, at)
    detail = {"amount": paid, "ref": ref}
    await audit(conn, actor, "invoice.payment", invoice_id, detail, tenant=tenant)


async def _open(conn: Connection, tenant: str, invoice_id: str) -> Row:
    invoice = await repository.invoice(conn, tenant, invoice_id, lock=True)
    if invoice is None:
        raise StateError(f"there is no invoice {invoice_id!r}: check the id")
    if invoice["state"] != "open":
        raise StateError(f"invoice {invoice_id} is {invoice['state']}, not open")
    return invoice


def _check_amount(invoice: Row, amount: int) -> None:
    if not 0 <= amount <= invoice["open"]:
        raise StateError(
            f"invoice {invoice['id']} has {invoice['open']} {invoice['currency']} minor units "
            f"open, not {amount}"
        )


async def _reduce(conn: Connection, invoice: Row, amount: int, at: datetime) -> None:
    """Lessen what is open; with nothing left the invoice is paid."""
    left = invoice["open"] - amount
    paid_at = at if left == 0 else None
    state = "paid" if left == 0 else "open"
    await repository.set_invoice(conn, invoice["id"], state, left, paid_at)


async def _note(
    conn: Connection,
    tenant: str,
    of: Row,
    kind: NoteKind,
    invoice_id: str | None,
    reason: str,
    amount: int,
    at: datetime,
) -> str:
    fields = {
        "tenant_id": tenant,
        "order_id": of["order_id"],
        "batch_id": of["batch_id"],
        "invoice_id": invoice_id,
        "kind": kind,
        "reason": reason,
        "amount": amount,
        "currency": of["currency"],
        "at": at,
    }
    note_id = await repository.add_note(conn, fields)
    detail = {"kind": kind, "amount": amount, "order": of["order_id"]}
    await audit(conn, "platform", "credit_note.issued", note_id, detail, tenant=tenant)
    return note_id
