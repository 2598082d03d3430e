"""What `ingot contract` and `ingot prices` do, on the database of the settings or of this home."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from fastapi import HTTPException
from pydantic import ValidationError
from rich.console import Console
from rich.table import Column, Table

from ingot.errors import OrderError, boundary
from ingot.settings import Settings
from services.contracts import repository
from services.contracts.contract import Contract, locked
from services.contracts.orders import life
from services.contracts.orders.schemas import TermsChange
from services.database.embedded import start_embedded
from services.database.migrate import migrate
from services.database.pool import Connection, open_pool, transaction
from services.money import book, costs
from services.money.prices import PriceBook

_ACTOR = "operator"
_COLUMNS = ("lab", "state", "name", "next due", "contracted", "invoiced")
T = TypeVar("T")


class Desk:
    """Carries out one command and prints its outcome."""

    def __init__(self, settings: Settings, console: Console) -> None:
        self._settings, self._console = settings, console

    def list_all(self, tenant: str) -> None:
        """Print contracts, newest first."""
        table = Table(Column("order", no_wrap=True), *_COLUMNS, box=None)
        for row in self._do(lambda conn: repository.overview(conn, tenant)):
            due = row["next_due"]
            money = (f"{row[name] / 100:,.2f} {row['currency']}" for name in ("total", "invoiced"))
            shown = due.date().isoformat() if due else ""
            table.add_row(row["id"], row["tenant_id"], row["state"], row["name"], shown, *money)
        self._console.print(table)

    def margin(self, order_id: str) -> None:
        """Print an order's account."""

        async def read(conn: Connection) -> costs.Margin:
            contract = await _contract(conn, order_id)
            prices = await book.book(conn, contract.price_book)
            return await costs.margin(conn, contract.tenant_id, order_id, prices)

        table = Table("", "", box=None, show_header=False)
        for name, value in self._do(read).model_dump().items():
            table.add_row(name.replace("_", " "), "" if value is None else f"{value:,}")
        self._console.print(table)

    def propose(self, order_id: str, change: str, note: str) -> None:
        """Propose an amendment and print its number."""
        try:
            wanted = TermsChange.model_validate_json(change)
        except ValidationError as error:
            raise OrderError(f"CHANGE {change!r} does not fit: {error}") from error

        async def act(conn: Connection) -> int:
            contract = await _contract(conn, order_id)
            return await life.propose(conn, contract, wanted, note, _ACTOR, "us")

        n = self._do(act)
        self._console.print(f"amendment {n} is proposed: it holds once the lab signs it")

    def sign(self, order_id: str, n: int) -> None:
        """Sign an amendment."""

        async def act(conn: Connection) -> None:
            await life.sign(conn, await _contract(conn, order_id), n, _ACTOR, "us")

        self._do(act)
        self._console.print(f"amendment {n} of {order_id} holds")

    def show_prices(self) -> None:
        """Print the price book in force."""
        version, prices = self._do(book.current)
        self._console.print_json(prices.model_dump_json(exclude_unset=True), default=str)
        Console(stderr=True).print(f"version {version}")

    def set_prices(self, file: Path) -> None:
        """Put a price book in force and print its version."""
        with boundary(OrderError, f"cannot read {file}"):
            content = file.read_bytes()
        try:
            prices = PriceBook.model_validate_json(content)
        except ValidationError as error:
            raise OrderError(f"{file} is no price book: {error}") from error
        version = self._do(lambda conn: book.publish(conn, prices, _ACTOR))
        self._console.print(f"price book {version} is in force")

    def _do(self, act: Callable[[Connection], Awaitable[T]]) -> T:
        """Run an act in a transaction of its own."""
        url = self._settings.database_url.get_secret_value() or start_embedded(self._settings.home)

        async def run() -> T:
            await migrate(url)
            pool = await open_pool(url, size=1)
            try:
                async with transaction(pool) as conn:
                    return await act(conn)
            finally:
                await pool.close()

        try:
            return asyncio.run(run())
        except HTTPException as error:
            raise OrderError(str(error.detail)) from error


async def _contract(conn: Connection, order_id: str) -> Contract:
    """An order under contract, whoever's it is, locked."""
    tenant = await repository.tenant_of(conn, order_id)
    if tenant is None:
        raise OrderError(
            f"there is no order {order_id!r} under contract: see `ingot contract list`"
        )
    return await locked(conn, tenant, order_id)
