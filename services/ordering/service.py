"""What labs do: place orders, look at them, have failed ones go on."""

import hashlib
from dataclasses import dataclass
from typing import Any

import orjson

from ingot.errors import OrderError, StateError
from ingot.orders import BatchState, OrderSpec
from services.accounts.keys import Principal
from services.database import idempotency, outbox
from services.database.pool import Connection, Row
from services.database.trail import audit
from services.ordering import batches, repository
from services.ordering.schemas import BatchView, OrderLine, OrderPage, OrderView

PLACE_ORDER = "POST /v1/orders"


@dataclass(frozen=True, slots=True)
class Placed:
    """The response to an order: made now, or found under the idempotency key."""

    status: int
    body: str
    replayed: bool


async def place_order(
    conn: Connection, principal: Principal, idempotency_key: str, spec: OrderSpec
) -> Placed:
    """Store an order with its first batch and the event that starts it, once per key."""
    content = spec.model_dump(mode="json")
    sha256 = hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
    tenant = principal.tenant_id
    stored = await idempotency.take(conn, tenant, idempotency_key, PLACE_ORDER, sha256)
    if stored is not None:
        return _replay(stored, sha256, idempotency_key)
    order_id = await repository.add_order(conn, tenant, content, sha256)
    batch_id = await repository.add_batch(conn, order_id, 1)
    await audit(
        conn,
        principal.name,
        "order.placed",
        order_id,
        {"batch": batch_id, "sha256": sha256},
        tenant=tenant,
    )
    await outbox.publish(conn, "batch.planned", batch_id, {"order_id": order_id})
    view = await find_order(conn, tenant, order_id)
    assert view is not None
    placed = Placed(201, view.model_dump_json(), replayed=False)
    await idempotency.store(conn, tenant, idempotency_key, placed.status, placed.body)
    return placed


async def find_order(conn: Connection, tenant: str, order_id: str) -> OrderView | None:
    """An order of this tenant; None where it has none of this id."""
    row = await repository.order(conn, tenant, order_id)
    if row is None:
        return None
    rows = await repository.batches_of(conn, order_id)
    return OrderView(**row, batches=tuple(_view(batch) for batch in rows))


async def list_orders(conn: Connection, tenant: str, after: str | None, limit: int) -> OrderPage:
    """A page of the tenant's orders, newest first."""
    rows = await repository.orders_page(conn, tenant, after, limit + 1)
    data = tuple(OrderLine(**row) for row in rows[:limit])
    has_more = len(rows) > limit
    return OrderPage(data=data, has_more=has_more, next=data[-1].id if has_more else None)


async def find_batch(conn: Connection, tenant: str, batch_id: str) -> BatchView | None:
    """A batch of this tenant; None where it has none of this id."""
    row = await repository.batch(conn, batch_id)
    return _view(row) if row is not None and row["tenant_id"] == tenant else None


async def resume_order(conn: Connection, principal: Principal, order_id: str) -> OrderView | None:
    """Have all failed batches of an order go on; None where the tenant has no such order."""
    order = await find_order(conn, principal.tenant_id, order_id)
    if order is None:
        return None
    failed = [batch.id for batch in order.batches if batch.state is BatchState.FAILED]
    if not failed:
        raise StateError(f"order {order_id} has no failed batch: there is nothing to resume")
    for batch_id in failed:
        await batches.resume(conn, batch_id, actor=principal.name)
    return await find_order(conn, principal.tenant_id, order_id)


def _replay(stored: Row, fingerprint: str, key: str) -> Placed:
    if stored["route"] != PLACE_ORDER or stored["fingerprint"] != fingerprint:
        raise OrderError(
            f"Idempotency-Key {key!r} was used with another order: use a new key for a new order"
        )
    return Placed(stored["status"], stored["body"], replayed=True)


def _view(row: Row) -> BatchView:
    fields: dict[str, Any] = {name: row[name] for name in BatchView.model_fields}
    return BatchView(**fields)
