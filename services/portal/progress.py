"""How far an order is: what is due, delivered and accepted by when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from services.contracts.orders.schemas import ContractView


@dataclass(frozen=True, slots=True)
class Point:
    """A batch of production or makeup."""

    due_at: datetime
    delivered_at: datetime | None
    due: int
    """Units due with this one and all before; those of makeup batches were due before."""
    delivered: int
    """Units that this one brought."""
    accepted: int | None
    """Units of it that were accepted; None until it is decided on."""


def burn_up(order: ContractView, accepted: Mapping[str, int]) -> list[Point]:
    """The batches by their due time; `accepted` holds the invoiced units of each."""
    points: list[Point] = []
    due = 0
    batches = [b for b in order.batches if b.kind in ("production", "makeup")]
    for batch in sorted(batches, key=lambda b: (b.due_at, b.seq)):
        assert batch.due_at is not None
        if batch.state == "cancelled":
            continue
        due += (batch.planned_qty or 0) * (batch.kind == "production")
        settled = batch.settled_at is not None
        points.append(
            Point(
                batch.due_at,
                batch.delivered_at,
                due,
                batch.delivered_qty or 0,
                accepted.get(batch.id, 0) if settled else None,
            )
        )
    return points
