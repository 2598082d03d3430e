"""What labs do: place orders, look at them, have failed ones go on."""

import hashlib
from typing import Any

import orjson

from ingot.errors import StateError
from ingot.orders import BatchState, OrderSpec
from services.accounts.keys import Principal
from services.credentials import service as credentials
from services.database import outbox
from services.database.pool import Connection, Row
from services.database.trail import audit
from services.ordering import batches, repository
from services.ordering.schemas import BatchView, OrderLine, OrderPage, OrderView
from services.web.once import Made
from services.web.paging import page_of


async def place_order(conn: Connection, principal: Principal, spec: OrderSpec) -> Made:
    """Store an order with its first batch and the event that starts it."""
    await credentials.check(conn, principal.tenant_id, spec)
    content = spec.model_dump(mode="json")
    sha256 = hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
    tenant = principal.tenant_id
    order_id = await repository.add_order(conn, tenant, content, sha256)
    batch = await repository.add_batch(conn, order_id, 1)
    detail = {"batch": batch["id"], "sha256": sha256}
    async with conn.pipeline():  # two statements, one way there and back
        await audit(conn, principal.name, "order.placed", order_id, detail, tenant=tenant)
        await outbox.publish(conn, "batch.planned", batch["id"], {"order_id": order_id})
    view = OrderView(
        id=order_id,
        state="placed",
        contract_state=None,
        spec=spec,
        spec_sha256=sha256,
        created_at=batch["created_at"],  # of one transaction
        batches=(_view(batch),),
    )
    return Made(view, headers={"Location": f"/v1/orders/{order_id}"})


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
    return page_of(OrderPage, rows, limit, lambda row: OrderLine(**row))


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


def _view(row: Row) -> BatchView:
    fields: dict[str, Any] = {name: row[name] for name in BatchView.model_fields}
    return BatchView(**fields)
