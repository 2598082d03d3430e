"""What `ingot account` does, on the database of the settings or of this home."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from ingot.errors import OrderError
from ingot.records import Model
from ingot.settings import Settings
from services.accounts import service
from services.accounts.schemas import (
    AccountChange,
    AccountView,
    NewAccount,
    OneTimePassword,
)
from services.database.embedded import start_embedded
from services.database.migrate import migrate
from services.database.pool import Connection, open_pool, transaction

_ACTOR = "platform"
M = TypeVar("M", bound=Model)
T = TypeVar("T")


class Desk:
    """Carries out one command and prints its outcome."""

    def __init__(self, settings: Settings, console: Console, tenant: str) -> None:
        self._settings, self._console, self._tenant = settings, console, tenant

    def add(self, fields: dict[str, Any]) -> None:
        """Make an account and print its one-time password."""
        wanted = _read(NewAccount, fields)
        self._hand_over(self._do(lambda conn: service.add(conn, _ACTOR, self._tenant, wanted)))

    def list_all(self) -> None:
        """Print the accounts of the tenant."""
        table = Table("log-in", "pseudonym", "roles", "state", box=None)
        for account in self._do(lambda conn: service.find_all(conn, self._tenant)):
            table.add_row(
                account.login, account.pseudonym, ", ".join(account.roles), _state(account)
            )
        self._console.print(table)

    def change(self, login: str, fields: dict[str, Any]) -> None:
        """Change an account and print what it is now."""
        wanted = _read(AccountChange, fields)
        account = self._found(
            login, lambda conn: service.change(conn, _ACTOR, self._tenant, login, wanted)
        )
        self._print(f"{account.login}: {', '.join(account.roles)}; {_state(account)}")

    def reset_password(self, login: str) -> None:
        """Print a one-time password for an account."""
        self._hand_over(
            self._found(
                login, lambda conn: service.reset_password(conn, _ACTOR, self._tenant, login)
            )
        )

    def _hand_over(self, made: OneTimePassword) -> None:
        self._print(f"{made.account.login} is {made.account.pseudonym} in all records")
        self._print(f"one-time password, good for {service.ONE_TIME_DAYS} days:")
        self._print(made.one_time_password)

    def _print(self, line: str) -> None:
        self._console.print(line, highlight=False, markup=False)

    def _found(self, login: str, act: Callable[[Connection], Awaitable[T | None]]) -> T:
        found = self._do(act)
        if found is None:
            raise OrderError(
                f"tenant {self._tenant!r} has no account {login!r}: see `ingot account list`"
            )
        return found

    def _do(self, act: Callable[[Connection], Awaitable[T]]) -> T:
        url = self._settings.database_url.get_secret_value() or start_embedded(self._settings.home)
        return asyncio.run(_carry_out(url, act))


async def _carry_out(url: str, act: Callable[[Connection], Awaitable[T]]) -> T:
    await migrate(url)
    pool = await open_pool(url, size=1)
    try:
        async with transaction(pool) as conn:
            return await act(conn)
    finally:
        await pool.close()


def _read(model: type[M], fields: dict[str, Any]) -> M:
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in fault["loc"])
        raise OrderError(f"{name}: {fault['msg']} (got {fault['input']!r})", name) from error


def _state(account: AccountView) -> str:
    if account.disabled_at:
        return "disabled"
    return "has not chosen a password yet" if account.password_until else "active"
