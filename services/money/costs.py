"""What an order brought and what it took: for operators, never for labs."""

from decimal import Decimal

from ingot.records import Model
from services.database.pool import Connection
from services.money import ledger, repository
from services.money.prices import PriceBook


class Margin(Model):
    """An order's account, in minor units."""

    revenue: int
    """Invoiced, less credits."""
    gpu_seconds: float
    human_minutes: float
    gpu_cost: int
    human_cost: int
    margin: int
    accepted_items: int
    cost_per_accepted_item: int | None
    """None where none was accepted yet."""


async def margin(conn: Connection, tenant: str, order_id: str, book: PriceBook) -> Margin:
    """Revenue against the cost of all items, those rejected and of calibration included."""
    held = await ledger.balances(conn, tenant, order_id)
    row = await repository.costs(conn, order_id)
    gpu = _cost(row["gpu_seconds"] / 3600, book.gpu_hour_cost)
    human = _cost(row["human_minutes"] / 60, book.human_hour_cost)
    revenue = -held["revenue"] - held["credits"]
    accepted = row["accepted"]
    return Margin(
        revenue=revenue,
        gpu_seconds=round(row["gpu_seconds"], 3),
        human_minutes=round(row["human_minutes"], 3),
        gpu_cost=gpu,
        human_cost=human,
        margin=revenue - gpu - human,
        accepted_items=accepted,
        cost_per_accepted_item=round((gpu + human) / accepted) if accepted else None,
    )


def _cost(hours: float, price: int) -> int:
    return int((Decimal(str(hours)) * price).to_integral_value())
