"""REST for orders under contract: their terms, their life, their incidents."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Response

from ingot.orders.contract import Terms
from services.accounts.access import OrderReader, OrderWriter, PoolOfApp, Transaction
from services.accounts.keys import Principal
from services.contracts.contract import Contract, find, get, locked
from services.contracts.orders import life
from services.contracts.orders import views as orders
from services.contracts.orders.schemas import (
    Amendments,
    ContractPage,
    ContractView,
    IncidentPage,
    MetadataChange,
    NewAmendment,
    Reason,
    TermsView,
)
from services.contracts.states import OrderState
from services.database.pool import Connection, Pool, tenant_transaction
from services.ordering import service as ordering
from services.ordering.schemas import OrderView
from services.web.conditions import VersionSeen, check_version, etag
from services.web.once import Made, OnceOnly
from services.web.paging import After, Limit, check_cursor
from services.web.problems import responses

router = APIRouter(prefix="/v1", tags=["contracts"], responses=responses(401, 403, 422, 503))
OrderId = Annotated[str, Path(pattern="^ord_[0-9a-f]{32}$")]
Act = Callable[[Connection, Contract], Awaitable[Contract]]
_CHANGES = responses(404, 409)
_CHANGES_ON_CONDITION = responses(404, 409, 412, 428)


@router.get("/contracts", responses=responses(400))
async def list_contracts(
    lab: OrderReader, conn: Transaction, limit: Limit = 50, starting_after: After = None
) -> ContractPage:
    """Your orders under contract, newest first."""
    after = check_cursor(starting_after, "ord")
    return await orders.listed(conn, lab.tenant_id, after, limit)


@router.get("/orders/{order_id}/contract", responses=responses(404))
async def get_contract(
    order_id: OrderId, lab: OrderReader, conn: Transaction, response: Response
) -> ContractView:
    """An order under contract: its state, what may follow, its batches and its terms."""
    contract = await get(conn, lab.tenant_id, order_id)
    response.headers["ETag"] = etag(contract.version)
    return await orders.view(conn, contract)


@router.patch("/orders/{order_id}", responses=_CHANGES_ON_CONDITION)
async def change_metadata(
    order_id: OrderId,
    change: MetadataChange,
    lab: OrderWriter,
    pool: PoolOfApp,
    seen: VersionSeen,
    response: Response,
) -> ContractView:
    """Replace your own notes on an order; nothing else of it can be changed so."""

    async def act(conn: Connection, contract: Contract) -> Contract:
        check_version(seen, contract.version, f"order {order_id}")
        return await life.set_metadata(conn, contract, change.metadata, lab.name)

    return await _acted(pool, lab, order_id, act, response)


@router.get("/orders/{order_id}/terms", responses=responses(404))
async def get_terms(
    order_id: OrderId, lab: OrderReader, conn: Transaction, response: Response
) -> TermsView:
    """The terms that hold."""
    contract = await get(conn, lab.tenant_id, order_id)
    response.headers["ETag"] = etag(contract.version)
    return _terms(contract)


@router.put("/orders/{order_id}/terms", responses=_CHANGES_ON_CONDITION)
async def set_terms(
    order_id: OrderId,
    terms: Terms,
    lab: OrderWriter,
    pool: PoolOfApp,
    seen: VersionSeen,
    response: Response,
) -> TermsView:
    """Replace the terms; only while the order is 'placed'. Later on: amendments."""
    async with tenant_transaction(pool, lab.tenant_id) as conn:
        contract = await locked(conn, lab.tenant_id, order_id)
        check_version(seen, contract.version, f"order {order_id}")
        contract = await life.set_terms(conn, contract, terms, lab.name)
        response.headers["ETag"] = etag(contract.version)
        return _terms(contract)


@router.post("/orders/{order_id}/pause", responses=_CHANGES)
async def pause_order(
    order_id: OrderId,
    lab: OrderWriter,
    pool: PoolOfApp,
    response: Response,
    why: Reason | None = None,
) -> ContractView:
    """Stop the clock; up to `pause_days` in all cost nothing, then it goes on by itself."""
    reason = why.reason if why else ""
    return await _acted(
        pool, lab, order_id, lambda conn, c: life.pause(conn, c, lab.name, reason), response
    )


@router.post("/orders/{order_id}/dispute", responses=_CHANGES)
async def dispute_order(
    order_id: OrderId, why: Reason, lab: OrderWriter, pool: PoolOfApp, response: Response
) -> ContractView:
    """Say that something is not as agreed; nothing new is begun until you resume."""
    return await _acted(
        pool, lab, order_id, lambda conn, c: life.dispute(conn, c, lab.name, why.reason), response
    )


@router.post("/orders/{order_id}/cancel", responses=_CHANGES)
async def cancel_order(
    order_id: OrderId,
    lab: OrderWriter,
    pool: PoolOfApp,
    response: Response,
    why: Reason | None = None,
) -> ContractView:
    """End an order; what is delivered has to be decided on first."""
    reason = why.reason if why else ""
    return await _acted(
        pool, lab, order_id, lambda conn, c: life.cancel(conn, c, lab.name, reason), response
    )


@router.post("/orders/{order_id}/resume", responses=_CHANGES)
async def resume_order(order_id: OrderId, lab: OrderWriter, pool: PoolOfApp) -> OrderView:
    """Go on: after a pause or a dispute, or where batches failed, from where they stopped."""
    async with tenant_transaction(pool, lab.tenant_id) as conn:
        contract = await find(conn, lab.tenant_id, order_id, lock=True)
        if contract is not None and contract.state in (OrderState.PAUSED, OrderState.IN_DISPUTE):
            await life.resume(conn, contract, lab.name)
            order = await ordering.find_order(conn, lab.tenant_id, order_id)
        else:
            order = await ordering.resume_order(conn, lab, order_id)
    if order is None:
        raise HTTPException(404, f"there is no {order_id!r} among your orders: check the id")
    return order


@router.post(
    "/orders/{order_id}/amendments",
    status_code=201,
    response_model=Amendments,
    responses=responses(400, 404, 409),
)
async def propose_amendment(
    order_id: OrderId, wanted: NewAmendment, lab: OrderWriter, pool: PoolOfApp, once: OnceOnly
) -> Response:
    """Propose to change terms; they change once both sides have signed."""

    async def act(conn: Connection) -> Made:
        contract = await locked(conn, lab.tenant_id, order_id)
        await life.propose(conn, contract, wanted.change, wanted.note, lab.name, "lab")
        return Made(await orders.amendments(conn, contract))

    return await once.run(pool, lab.tenant_id, wanted, act)


@router.get("/orders/{order_id}/amendments", responses=responses(404))
async def list_amendments(order_id: OrderId, lab: OrderReader, conn: Transaction) -> Amendments:
    """What was proposed to be changed, and who signed."""
    return await orders.amendments(conn, await get(conn, lab.tenant_id, order_id))


@router.post("/orders/{order_id}/amendments/{n}/sign", responses=_CHANGES)
async def sign_amendment(
    order_id: OrderId,
    n: Annotated[int, Path(ge=1, le=100_000)],
    lab: OrderWriter,
    pool: PoolOfApp,
) -> Amendments:
    """Sign what we proposed."""
    async with tenant_transaction(pool, lab.tenant_id) as conn:
        contract = await locked(conn, lab.tenant_id, order_id)
        await life.sign(conn, contract, n, lab.name, "lab")
        return await orders.amendments(conn, contract)


@router.get("/incidents", responses=responses(400))
async def list_incidents(
    lab: OrderReader,
    conn: Transaction,
    order_id: Annotated[str | None, Query(pattern="^ord_[0-9a-f]{32}$")] = None,
    limit: Limit = 50,
    starting_after: After = None,
) -> IncidentPage:
    """What went against your contracts, newest first, and what was done about it."""
    after = check_cursor(starting_after, "inc")
    return await orders.incidents(conn, lab.tenant_id, order_id, after, limit)


async def _acted(
    pool: Pool, lab: Principal, order_id: str, act: Act, response: Response
) -> ContractView:
    """Do something to an order while it is locked, and give it as it is then."""
    async with tenant_transaction(pool, lab.tenant_id) as conn:
        contract = await act(conn, await locked(conn, lab.tenant_id, order_id))
        response.headers["ETag"] = etag(contract.version)
        return await orders.view(conn, contract)


def _terms(contract: Contract) -> TermsView:
    return TermsView(order_id=contract.id, version=contract.version, terms=contract.terms)
