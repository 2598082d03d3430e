"""An order under contract as it stands, locked for the act that reads it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import HTTPException

from ingot.orders.contract import QuoteRequest, Terms
from services.contracts import repository
from services.contracts.states import OrderState
from services.database.pool import Connection, Row


@dataclass(frozen=True, slots=True)
class Contract:
    """An order under contract. Whoever changes it, or a batch of it, has its row locked."""

    id: str
    tenant_id: str
    quote_id: str
    state: OrderState
    version: int
    request: QuoteRequest
    """What was quoted, with what amendments changed; its terms are those that hold."""
    metadata: dict[str, str]
    currency: str
    price_book: int
    total: int
    """Minor units, as quoted."""
    paused_at: datetime | None
    paused_for: timedelta
    """In all, without the present pause."""
    placed_at: datetime
    ended_at: datetime | None
    reason: str
    now: datetime
    """By the tenant's clock."""

    @property
    def terms(self) -> Terms:
        """What both sides may and must."""
        return self.request.terms

    @property
    def rehearses(self) -> bool:
        """Whether production is simulated and the clock can be moved."""
        return self.tenant_id.endswith("--test")


async def find(
    conn: Connection, tenant: str, order_id: str, *, lock: bool = False
) -> Contract | None:
    """An order under contract of this tenant; None where it has none of this id."""
    row = await repository.contract(conn, tenant, order_id, lock=lock)
    return _contract(row) if row is not None else None


async def locked(conn: Connection, tenant: str, order_id: str) -> Contract:
    """The same, locked until the transaction ends; raises HTTPException 404."""
    return _found(await find(conn, tenant, order_id, lock=True), order_id)


async def get(conn: Connection, tenant: str, order_id: str) -> Contract:
    """The same, not locked; raises HTTPException 404."""
    return _found(await find(conn, tenant, order_id), order_id)


def _found(contract: Contract | None, order_id: str) -> Contract:
    if contract is None:
        raise HTTPException(
            404, f"there is no {order_id!r} under contract among your orders: check the id"
        )
    return contract


def _contract(row: Row) -> Contract:
    terms = {name: row[name] for name in Terms.model_fields}
    fields: dict[str, Any] = {
        name: row[name] for name in Contract.__slots__ if name not in ("request", "state")
    }
    request = QuoteRequest.model_validate({**row["request"], "terms": terms})
    return Contract(**fields, request=request, state=OrderState(row["state"]))
