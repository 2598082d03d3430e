"""Quotes: what an order will cost and take, and the order that comes of it."""

import hashlib
from datetime import timedelta

import orjson

from ingot.errors import StateError
from ingot.orders.contract import QuoteRequest
from services.accounts.keys import Principal
from services.contracts import repository as contract_repository
from services.contracts.quotes import repository as quote_repository
from services.contracts.quotes.schemas import OrderPlaced, QuotePage, QuoteView
from services.contracts.states import OrderState
from services.credentials import service as credentials
from services.database.pool import Connection, Row
from services.database.trail import audit
from services.money import book as price_book
from services.money import ledger
from services.money.prices import Estimate, Line, PriceBook, estimate, quote_lines
from services.ordering import repository as orders
from services.web.paging import page_of
from services.webhooks.events import EventData, publish


async def issue(conn: Connection, who: Principal, wanted: QuoteRequest) -> QuoteView:
    """Price a request by the present price book, and keep that."""
    await credentials.check(conn, who.tenant_id, wanted.spec)
    version, book = await price_book.current(conn)
    lines = quote_lines(book, wanted)
    now = await quote_repository.now_of(conn, who.tenant_id)
    fields = {
        "request": wanted.model_dump(mode="json"),
        "price_book": version,
        "currency": book.currency,
        "lines": [line.model_dump(mode="json") for line in lines],
        "total": sum(line.amount for line in lines),
        "estimate": estimate(book, wanted).model_dump(mode="json"),
        "valid_until": now + timedelta(days=book.valid_days),
        "created_at": now,
    }
    quote_id = await quote_repository.add(conn, who.tenant_id, fields)
    detail = {"total": fields["total"], "price_book": version}
    await audit(conn, who.name, "quote.issued", quote_id, detail, tenant=who.tenant_id)
    view = await find(conn, who.tenant_id, quote_id)
    assert view is not None
    return view


async def preview(conn: Connection, wanted: QuoteRequest) -> tuple[PriceBook, list[Line], Estimate]:
    """What a request would cost and take by the present price book; nothing is kept."""
    _, book = await price_book.current(conn)
    return book, list(quote_lines(book, wanted)), estimate(book, wanted)


async def find(conn: Connection, tenant: str, quote_id: str) -> QuoteView | None:
    """A quote of this tenant; None where it has none of this id."""
    row = await quote_repository.quote(conn, tenant, quote_id)
    return _view(row) if row is not None else None


async def listed(conn: Connection, tenant: str, after: str | None, limit: int) -> QuotePage:
    """A page of the tenant's quotes, newest first."""
    rows = await quote_repository.page(conn, tenant, after, limit + 1)
    return page_of(QuotePage, rows, limit, _view)


async def accept(conn: Connection, who: Principal, quote_id: str) -> OrderPlaced | None:
    """Order what was quoted; None where the tenant has no such quote.

    Raises StateError where it is no longer issued.
    """
    row = await quote_repository.quote(conn, who.tenant_id, quote_id, lock=True)
    if row is None:
        return None
    _check_issued(row)
    await quote_repository.set_state(conn, quote_id, "accepted")
    order_id = await _place(conn, who, row)
    return OrderPlaced(order_id=order_id, quote_id=quote_id, state=OrderState.PLACED)


async def withdraw(conn: Connection, who: Principal, quote_id: str) -> QuoteView | None:
    """Let a quote go; None where the tenant has no such quote, StateError as with `accept`."""
    row = await quote_repository.quote(conn, who.tenant_id, quote_id, lock=True)
    if row is None:
        return None
    _check_issued(row)
    await quote_repository.set_state(conn, quote_id, "withdrawn")
    await audit(conn, who.name, "quote.withdrawn", quote_id, {}, tenant=who.tenant_id)
    return await find(conn, who.tenant_id, quote_id)


def _check_issued(row: Row) -> None:
    if row["state"] != "issued":
        raise StateError(
            f"quote {row['id']} is {row['state']}, not issued: ask for a new one (POST /v1/quotes)"
        )


async def _place(conn: Connection, who: Principal, quote: Row) -> str:
    """The order, its contract and what it is worth, with the first event."""
    tenant, at = who.tenant_id, await quote_repository.now_of(conn, who.tenant_id)
    wanted = QuoteRequest.model_validate(quote["request"])
    spec = wanted.spec.model_dump(mode="json")
    sha256 = hashlib.sha256(orjson.dumps(spec, option=orjson.OPT_SORT_KEYS)).hexdigest()
    order_id = await orders.add_order(conn, tenant, spec, sha256)
    request = wanted.model_dump(mode="json", exclude={"terms"})
    terms = wanted.terms.model_dump()
    await contract_repository.add(conn, tenant, order_id, quote["id"], request, terms, at)
    await ledger.commit_order(conn, tenant, order_id, quote["total"], quote["currency"], at)
    detail = {"quote": quote["id"], "total": quote["total"], "sha256": sha256}
    await audit(conn, who.name, "order.placed", order_id, detail, tenant=tenant)
    data = EventData(id=order_id, object="order", state=OrderState.PLACED, version=1)
    await publish(conn, tenant, "order.state_changed", data, at)
    return order_id


def _view(row: Row) -> QuoteView:
    return QuoteView(**{name: row[name] for name in QuoteView.model_fields})
