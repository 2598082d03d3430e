"""The one way to change the state of an order under contract."""

from datetime import timedelta

from services.contracts import repository
from services.contracts.contract import Contract, get
from services.contracts.states import OrderState, check
from services.database.pool import Connection
from services.database.trail import audit
from services.webhooks.events import EventData, publish

ENDED = (OrderState.CLOSED, OrderState.CANCELLED)


async def transition(
    conn: Connection, contract: Contract, to: OrderState, *, actor: str, reason: str = ""
) -> Contract:
    """Put an order into a state, write that down and tell the lab; gives it as it is then.

    All in the caller's transaction. Raises StateError where it may not, naming what it may.
    """
    check("order", contract.id, contract.state, to)
    paused_for = contract.paused_for
    if contract.state is OrderState.PAUSED:
        paused_for += pause_of(contract)
    version = await repository.set_state(
        conn,
        contract.id,
        to,
        reason,
        contract.now if to is OrderState.PAUSED else None,
        paused_for,
        contract.now if to in ENDED else None,
    )
    detail = {"from": contract.state, "to": to, "reason": reason}
    await audit(conn, actor, "order.state_changed", contract.id, detail, tenant=contract.tenant_id)
    data = EventData(id=contract.id, object="order", state=to, version=version)
    await publish(conn, contract.tenant_id, "order.state_changed", data, contract.now)
    return await get(conn, contract.tenant_id, contract.id)


def pause_of(contract: Contract) -> timedelta:
    """How long the present pause has lasted."""
    assert contract.paused_at is not None
    return contract.now - contract.paused_at
