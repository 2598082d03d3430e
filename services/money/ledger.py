"""The ledger: double entries, so that every figure can be found again."""

from datetime import datetime
from typing import Literal, get_args

from services.database.pool import Connection
from services.money import repository

Account = Literal["backlog", "commitment", "receivable", "revenue", "credits", "cash"]
ACCOUNTS: tuple[Account, ...] = get_args(Account)
"""`backlog` against `commitment`: contracted and not invoiced. `credits` lessen revenue."""
EntryKind = Literal["contract", "invoice", "credit", "release", "payment"]


async def post(
    conn: Connection,
    tenant: str,
    order_id: str,
    kind: EntryKind,
    ref: str,
    lines: dict[Account, int],
    *,
    currency: str,
    at: datetime,
) -> None:
    """Book an entry whose lines sum to 0, debits above zero; lines of 0 are left out.

    The database refuses an entry that does not balance, and one of the same kind for the same
    reference.
    """
    kept: dict[str, int] = {account: amount for account, amount in lines.items() if amount}
    if kept:
        await repository.add_entry(conn, tenant, order_id, kind, ref, currency, at, kept)


async def commit_order(
    conn: Connection, tenant: str, order_id: str, total: int, currency: str, at: datetime
) -> None:
    """Book what was contracted."""
    lines: dict[Account, int] = {"backlog": total, "commitment": -total}
    await post(conn, tenant, order_id, "contract", order_id, lines, currency=currency, at=at)


async def balances(conn: Connection, tenant: str, order_id: str) -> dict[Account, int]:
    """What every account of an order holds, in minor units."""
    held = await repository.balances(conn, tenant, order_id)
    return {account: held.get(account, 0) for account in ACCOUNTS}


async def faults(conn: Connection, tenant: str, order_id: str) -> list[str]:
    """Where ledger, invoices and credit notes of an order do not say the same; empty as a rule."""
    held = await balances(conn, tenant, order_id)
    sums = await repository.sums(conn, tenant, order_id)
    expected: dict[Account, int] = {
        "revenue": -sums["invoiced"],
        "credits": sums["late"],
        "receivable": sums["open"],
        "cash": sums["invoiced"] - sums["late"] - sums["open"],
        "commitment": -held["backlog"],
    }
    found = [
        f"{account} holds {held[account]}, not {amount}"
        for account, amount in expected.items()
        if held[account] != amount
    ]
    if held["backlog"] < 0:
        found.append(f"backlog is {held['backlog']}: more was invoiced than contracted")
    return found
