"""The price book as it is kept: versions that never change, the newest is in force."""

from pathlib import Path

from ingot.errors import StateError
from services.database.pool import Connection
from services.database.trail import audit
from services.money import repository
from services.money.prices import PriceBook

DEFAULT = Path(__file__).with_name("default_prices.json")
"""Prices of an example: an operator replaces them with `ingot prices set`."""


async def current(conn: Connection) -> tuple[int, PriceBook]:
    """The version in force, and its prices; on first use that is the shipped example."""
    row = await repository.newest_book(conn)
    if row is None:
        shipped = PriceBook.model_validate_json(DEFAULT.read_bytes())
        await repository.add_book(conn, shipped.model_dump(mode="json"), "platform", first=True)
        row = await repository.newest_book(conn)
        assert row is not None
    return row["version"], PriceBook.model_validate(row["book"])


async def book(conn: Connection, version: int) -> PriceBook:
    """The prices of a version; raises StateError where there is none of this number."""
    row = await repository.book(conn, version)
    if row is None:
        raise StateError(f"there is no price book {version}")
    return PriceBook.model_validate(row["book"])


async def publish(conn: Connection, prices: PriceBook, actor: str) -> int:
    """Put prices in force for quotes from now on, and give their version."""
    body = prices.model_dump(mode="json")
    version = await repository.add_book(conn, body, actor, first=False)
    assert version is not None
    await audit(conn, actor, "prices.published", str(version), {"version": version})
    return version
