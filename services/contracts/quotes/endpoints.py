"""REST for quotes: /v1/quotes."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Response

from ingot.orders.contract import QuoteRequest
from services.accounts.access import OrderReader, OrderWriter, PoolOfApp, SettingsOfApp, Transaction
from services.contracts.quotes import acts as quotes
from services.contracts.quotes.schemas import OrderPlaced, QuotePage, QuoteView
from services.database.pool import Connection, tenant_transaction
from services.ordering.policy import check_terms
from services.web.conditions import etag
from services.web.once import Made, OnceOnly
from services.web.paging import After, Limit, check_cursor
from services.web.problems import responses

router = APIRouter(prefix="/v1/quotes", tags=["quotes"], responses=responses(401, 403, 422, 503))
QuoteId = Annotated[str, Path(pattern="^quo_[0-9a-f]{32}$")]


@router.post("", status_code=201, response_model=QuoteView, responses=responses(400, 409, 413))
async def ask_for_quote(
    wanted: QuoteRequest, lab: OrderWriter, pool: PoolOfApp, settings: SettingsOfApp, once: OnceOnly
) -> Response:
    """Have an order priced. Nothing is ordered yet; the price holds until `valid_until`."""
    await check_terms(wanted.spec, lab, settings)

    async def act(conn: Connection) -> Made:
        quote = await quotes.issue(conn, lab, wanted)
        return Made(quote, headers=_headers(quote))

    return await once.run(pool, lab.tenant_id, wanted, act)


@router.get("", responses=responses(400))
async def list_quotes(
    lab: OrderReader, conn: Transaction, limit: Limit = 50, starting_after: After = None
) -> QuotePage:
    """Your quotes, newest first."""
    after = check_cursor(starting_after, "quo")
    return await quotes.listed(conn, lab.tenant_id, after, limit)


@router.get("/{quote_id}", responses=responses(404))
async def get_quote(
    quote_id: QuoteId, lab: OrderReader, conn: Transaction, response: Response
) -> QuoteView:
    """A quote with its lines."""
    quote = _found(await quotes.find(conn, lab.tenant_id, quote_id), quote_id)
    response.headers["ETag"] = etag(quote.version)
    return quote


@router.post(
    "/{quote_id}/accept",
    status_code=201,
    response_model=OrderPlaced,
    responses=responses(400, 404, 409),
)
async def accept_quote(
    quote_id: QuoteId, lab: OrderWriter, pool: PoolOfApp, once: OnceOnly
) -> Response:
    """Order what was quoted, on the terms quoted."""

    async def act(conn: Connection) -> Made:
        placed = await quotes.accept(conn, lab, quote_id)
        if placed is None:
            raise _missing(quote_id)
        return Made(placed, headers={"Location": f"/v1/orders/{placed.order_id}"})

    return await once.run(pool, lab.tenant_id, None, act)


@router.post("/{quote_id}/withdraw", responses=responses(404, 409))
async def withdraw_quote(quote_id: QuoteId, lab: OrderWriter, pool: PoolOfApp) -> QuoteView:
    """Let a quote go."""
    async with tenant_transaction(pool, lab.tenant_id) as conn:
        return _found(await quotes.withdraw(conn, lab, quote_id), quote_id)


def _headers(quote: QuoteView) -> dict[str, str]:
    return {"Location": f"/v1/quotes/{quote.id}", "ETag": etag(quote.version)}


def _found(quote: QuoteView | None, quote_id: str) -> QuoteView:
    if quote is None:
        raise _missing(quote_id)
    return quote


def _missing(quote_id: str) -> HTTPException:
    return HTTPException(404, f"there is no {quote_id!r} among your quotes: check the id")
