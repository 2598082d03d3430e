"""The books: what does not balance, or is booked twice, the database itself refuses."""

import psycopg
import pytest
from rehearsing import Lab

from services.database.pool import Connection, Pool, transaction
from services.money import book, ledger
from services.money.prices import PriceBook

ENTRY = (
    "INSERT INTO ledger_entry (tenant_id, order_id, kind, ref, currency, at) "
    "VALUES ('acme--test', %s, 'payment', %s, 'EUR', now()) RETURNING id"
)
LINE = (
    "INSERT INTO ledger_line (tenant_id, entry_id, account, amount) "
    "VALUES ('acme--test', %s, %s, %s)"
)


async def write(conn: Connection, order: str, ref: str, *lines: tuple[str, int]) -> None:
    rows = await conn.execute(ENTRY, (order, ref))
    row = await rows.fetchone()
    assert row is not None
    for account, amount in lines:
        await conn.execute(LINE, (row["id"], account, amount))


@pytest.mark.parametrize(
    "lines",
    [
        (),
        (("cash", 5),),
        (("cash", 5), ("receivable", -4)),
        (("cash", 5), ("receivable", -5), ("revenue", 1)),
    ],
)
async def test_an_entry_that_does_not_balance_is_refused(
    lab: Lab, pool: Pool, lines: tuple[tuple[str, int], ...]
) -> None:
    order = lab.rehearsal.placed()
    with pytest.raises(psycopg.errors.CheckViolation, match="does not balance"):
        async with transaction(pool) as conn:
            await write(conn, order, "r", *lines)


async def test_nothing_is_booked_twice_nor_changed(lab: Lab, pool: Pool) -> None:
    order = lab.rehearsal.placed()
    async with transaction(pool) as conn:
        await write(conn, order, "r", ("cash", 5), ("receivable", -5))
    with pytest.raises(psycopg.errors.UniqueViolation):
        async with transaction(pool) as conn:
            await write(conn, order, "r", ("cash", 5), ("receivable", -5))
    for change in ("UPDATE ledger_line SET amount = 7", "DELETE FROM ledger_entry"):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            async with transaction(pool) as conn:
                await conn.execute(change)


async def test_books_that_contradict_invoices_are_found(lab: Lab, pool: Pool) -> None:
    order = lab.rehearsal.placed()
    async with transaction(pool) as conn:
        assert await ledger.faults(conn, "acme--test", order) == []
        await write(conn, order, "r", ("cash", 5), ("receivable", -5))
        faults = await ledger.faults(conn, "acme--test", order)
    assert faults == ["receivable holds -5, not 0", "cash holds 5, not 0"]


def test_an_invoice_is_paid_once(lab: Lab) -> None:
    invoice = lab.rehearsal.invoiced()
    paid = lab.rehearsal.post(f"/test/invoices/{invoice}/pay")
    assert (paid["state"], paid["open"]) == ("paid", 0)
    again = lab.ask("POST", f"/v1/test/invoices/{invoice}/pay", headers={"Idempotency-Key": "n"})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/illegal-state")


async def test_a_quote_keeps_the_prices_it_was_made_by(lab: Lab, pool: Pool) -> None:
    order = lab.rehearsal.delivered()
    contract = lab.rehearsal.get(f"/batches/{order}")["order_id"]
    quoted = lab.rehearsal.get(f"/orders/{contract}/contract")["total"]
    async with transaction(pool) as conn:
        _, prices = await book.current(conn)
        dearer = prices.model_dump(mode="json")
        dearer["unit_prices"]["preference"]["item"] = 99_999
        assert await book.publish(conn, PriceBook.model_validate(dearer), "test") == 2
    lab.rehearsal.post(f"/batches/{order}/accept")
    [invoice] = lab.rehearsal.get(f"/invoices?order_id={contract}")["data"]
    assert invoice["total"] < quoted
    assert lab.rehearsal.get(f"/quotes/{lab.rehearsal.quote()}")["total"] > quoted
