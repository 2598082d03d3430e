"""When which batch is made and due."""

from datetime import datetime, timedelta

from ingot.orders import BatchState
from services.contracts.batches import repository as batch_repository
from services.contracts.contract import Contract
from services.contracts.states import OrderState
from services.contracts.transition import transition
from services.database.pool import Connection
from services.ordering import batches

CALIBRATION_DAYS = 7
"""From the approval of the guidelines to the calibration batch."""


async def plan_calibration(conn: Connection, contract: Contract) -> str:
    """Plan the batch on which both sides agree what is good, and give its id."""
    quantity = contract.request.schedule.calibration_items
    due = contract.now + timedelta(days=CALIBRATION_DAYS)
    return await batch_repository.add(
        conn,
        contract.tenant_id,
        contract.id,
        "calibration",
        None,
        None,
        quantity,
        contract.now,
        due,
    )


async def plan_production(conn: Connection, contract: Contract) -> None:
    """Plan all batches of production; each is begun one cadence before it is due."""
    schedule = contract.request.schedule
    for number in range(1, schedule.batches + 1):
        due = contract.now + timedelta(
            days=schedule.first_due_days + (number - 1) * schedule.cadence_days
        )
        await batch_repository.add(
            conn,
            contract.tenant_id,
            contract.id,
            "production",
            number,
            None,
            schedule.quantity_of(number, contract.request.spec.quantity),
            max(contract.now, due - timedelta(days=schedule.cadence_days)),
            due,
        )


async def plan_makeup(
    conn: Connection, contract: Contract, number: int, batch_id: str, units: int
) -> str:
    """Plan what makes up for units of a batch, at once, and give its id."""
    due = contract.now + timedelta(days=contract.request.schedule.cadence_days)
    return await batch_repository.add(
        conn,
        contract.tenant_id,
        contract.id,
        "makeup",
        number,
        batch_id,
        units,
        contract.now,
        due,
    )


async def go_on(conn: Connection, contract: Contract, actor: str) -> Contract:
    """Bring an order nearer its end where nothing is to be delivered, or decided, any more."""
    counts = await batch_repository.counts(conn, contract.id)
    if contract.state is OrderState.COMPLETING and counts["undelivered"]:
        return await transition(
            conn, contract, OrderState.ACTIVE, actor=actor, reason="a makeup batch is planned"
        )
    if contract.state is OrderState.ACTIVE and not counts["undelivered"]:
        contract = await transition(
            conn, contract, OrderState.COMPLETING, actor=actor, reason="everything is delivered"
        )
    done = not counts["undelivered"] and not counts["undecided"]
    if contract.state is OrderState.COMPLETING and done:
        return await transition(
            conn, contract, OrderState.CLOSED, actor=actor, reason="everything is settled"
        )
    return contract


async def cancel_undelivered(conn: Connection, contract: Contract, actor: str) -> list[str]:
    """Cancel what is not delivered, and give the ids of those batches."""
    rows = await batch_repository.undelivered(conn, contract.id)
    for row in rows:
        await batches.transition(conn, row["id"], BatchState.CANCELLED, actor=actor)
    return [row["id"] for row in rows]


def days_late(due_at: datetime, at: datetime) -> int:
    """Days begun after the due time; 0 where it is not past."""
    late = at - due_at
    return max(0, -(-late // timedelta(days=1)))
