"""What money looks like over HTTP: whole minor units of a currency."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from ingot.records import Model
from services.money.ledger import Account, EntryKind
from services.money.prices import Line
from services.web.paging import Page


class InvoiceView(Model):
    """An invoice, for what was accepted of one batch."""

    id: str
    number: str
    order_id: str
    batch_id: str
    state: Literal["draft", "open", "paid", "void"]
    units: int
    items: int
    currency: str
    total: int
    open: int
    """Neither paid nor credited yet."""
    opened_at: datetime
    due_at: datetime
    paid_at: datetime | None
    version: int


class InvoicePage(Page[InvoiceView]):
    """A page of invoices, newest first."""


class InvoiceLines(Model):
    """The lines of an invoice."""

    invoice_id: str
    data: tuple[Line, ...]


class NoteView(Model):
    """A credit note."""

    id: str
    order_id: str
    batch_id: str | None
    invoice_id: str | None
    kind: Literal["late", "rejected", "cancelled"]
    """late: off an invoice; the others: off what is contracted and not invoiced yet."""
    reason: str
    amount: int
    currency: str
    at: datetime


class NotePage(Page[NoteView]):
    """A page of credit notes, newest first."""


class EntryLine(Model):
    """A debit (above zero) or a credit (below)."""

    account: Account
    amount: int


class EntryView(Model):
    """An entry of the ledger; its lines sum to 0."""

    id: str
    kind: EntryKind
    ref: str
    currency: str
    at: datetime
    lines: tuple[EntryLine, ...]


class LedgerView(Model):
    """The books of an order."""

    order_id: str
    balances: dict[Account, int]
    entries: tuple[EntryView, ...]
    """Oldest first."""
    faults: tuple[str, ...]
    """Where the books contradict the invoices; empty as a rule."""


class NewPayment(Model):
    """A payment that came in."""

    tenant: Annotated[str, Field(pattern="^[a-z0-9][a-z0-9_-]{0,62}$")]
    amount: Annotated[int, Field(gt=0, lt=2**53)]
    ref: Annotated[str, Field(min_length=1, max_length=120)]
    """Of the bank: the same one is booked once."""
