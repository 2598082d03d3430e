"""Orders under contract as their lab sees them."""

from datetime import timedelta

from services.contracts import repository
from services.contracts.contract import Contract
from services.contracts.orders.schemas import (
    Amendments,
    AmendmentView,
    ContractLine,
    ContractPage,
    ContractView,
    IncidentPage,
    IncidentView,
)
from services.contracts.states import LEGAL, OrderState
from services.database.pool import Connection
from services.ordering import repository as ordering
from services.ordering.schemas import BatchView
from services.web.paging import page_of


async def view(conn: Connection, contract: Contract) -> ContractView:
    """All of an order under contract."""
    rows = await ordering.batches_of(conn, contract.id)
    left = timedelta(days=contract.terms.pause_days) - contract.paused_for
    if contract.paused_at is not None:
        left -= contract.now - contract.paused_at
    own = {name: getattr(contract, name) for name in _OWN}
    return ContractView(
        **own,
        allowed=tuple(map(OrderState, LEGAL["order"][contract.state])),
        pause_days_left=round(left / timedelta(days=1), 3),
        batches=tuple(BatchView(**{n: row[n] for n in BatchView.model_fields}) for row in rows),
    )


async def listed(conn: Connection, tenant: str, after: str | None, limit: int) -> ContractPage:
    """A page of the tenant's orders under contract."""
    rows = await repository.page(conn, tenant, after, limit + 1)
    return page_of(ContractPage, rows, limit, lambda row: ContractLine(**row))


async def amendments(conn: Connection, contract: Contract) -> Amendments:
    """What was proposed to be changed in an order."""
    rows = await repository.amendments(conn, contract.id)
    return Amendments(data=tuple(AmendmentView(**row) for row in rows))


async def incidents(
    conn: Connection, tenant: str, order_id: str | None, after: str | None, limit: int
) -> IncidentPage:
    """A page of incidents of a tenant, or of one order of it."""
    rows = await repository.incidents(conn, tenant, order_id, after, limit + 1)
    return page_of(IncidentPage, rows, limit, lambda row: IncidentView(**row))


_OWN = (
    "id",
    "quote_id",
    "state",
    "version",
    "request",
    "metadata",
    "currency",
    "total",
    "placed_at",
    "ended_at",
    "reason",
    "now",
)
