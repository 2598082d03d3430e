"""Accounts, made and changed by admins; the audit trail holds each act, but never a log-in."""

import secrets
import unicodedata
from collections.abc import Iterable

from ingot.errors import OrderError, ReviewError
from services.accounts import passwords, repository, sessions
from services.accounts.permissions import grantable
from services.accounts.repository import add_tenant
from services.accounts.schemas import (
    AccountChange,
    AccountView,
    NewAccount,
    OneTimePassword,
    PasswordChange,
)
from services.accounts.sessions import Opened, Person
from services.database.pool import Connection, Row
from services.database.trail import audit

ONE_TIME_DAYS = 7
_OPERATOR = frozenset({"operator"})


async def add(
    conn: Connection,
    actor: str,
    tenant: str,
    wanted: NewAccount,
    giver: frozenset[str] = _OPERATOR,
) -> OneTimePassword:
    """Make an account with a one-time password; raises ReviewError where a name is taken.

    `giver` are the roles of who makes it: they limit what may be given.
    """
    _check_grant(giver, wanted.roles)
    pseudonym = wanted.pseudonym or f"p-{secrets.token_hex(5)}"
    await add_tenant(conn, tenant)
    if not await repository.add_pseudonym(conn, pseudonym):
        raise ReviewError(f"the pseudonym {pseudonym!r} is taken: choose another")
    login, roles = normal_login(wanted.login), sorted(set(wanted.roles))
    made = await repository.add_account(conn, tenant, login, pseudonym, list(roles))
    if made is None:
        raise ReviewError(f"the log-in {login!r} has an account: choose another")
    await audit(conn, actor, "account.created", made["id"], {"roles": roles})
    return await _with_one_time(conn, made, tenant)


async def find_all(conn: Connection, tenant: str) -> list[AccountView]:
    """A tenant's accounts by log-in."""
    return [AccountView.model_validate(row) for row in await repository.accounts(conn, tenant)]


async def change(
    conn: Connection,
    actor: str,
    tenant: str,
    key: str,
    wanted: AccountChange,
    giver: frozenset[str] = _OPERATOR,
) -> AccountView | None:
    """Change roles, or disable or enable; it holds from the next request of theirs on.

    `key` is an id or a log-in; None where the tenant has no such account.
    """
    row = await repository.account(conn, tenant, normal_login(key))
    if row is None:
        return None
    _check_grant(giver, (*row["roles"], *(wanted.roles or ())))
    account_id = str(row["id"])
    if wanted.roles is not None:
        roles = sorted(set(wanted.roles))
        await repository.set_roles(conn, account_id, list(roles))
        detail = {"before": row["roles"], "roles": roles}
        await audit(conn, actor, "account.roles", account_id, detail)
    if wanted.disabled is not None:
        await repository.set_disabled(conn, account_id, wanted.disabled)
        act = "account.disabled" if wanted.disabled else "account.enabled"
        await audit(conn, actor, act, account_id, {})
        if wanted.disabled:
            await repository.end_sessions(conn, account_id)
    return AccountView.model_validate(await repository.account(conn, tenant, account_id))


async def reset_password(
    conn: Connection, actor: str, tenant: str, key: str, giver: frozenset[str] = _OPERATOR
) -> OneTimePassword | None:
    """End all sessions and give a one-time password; None where there is no such account."""
    row = await repository.account(conn, tenant, normal_login(key))
    if row is None:
        return None
    _check_grant(giver, row["roles"])
    await audit(conn, actor, "account.password_reset", row["id"], {})
    return await _with_one_time(conn, row, tenant)


async def change_password(conn: Connection, person: Person, wanted: PasswordChange) -> Opened:
    """Choose a password of one's own: all sessions end, and a new one is opened."""
    present, new = wanted.present.get_secret_value(), wanted.new.get_secret_value()
    passwords.check_rules(new)
    kept = await repository.password_hash(conn, person.account_id)
    if not await passwords.matches(kept, present):
        raise OrderError("present: this is not your present password", "present")
    if new == present:
        raise OrderError("new: this is your present password; choose another", "new")
    hashed = await passwords.make_hash(new)
    await repository.set_password(conn, person.account_id, hashed, None)
    await audit(conn, person.name, "account.password_changed", person.account_id, {})
    opened = await sessions.start(conn, person.account_id, hashed)
    if opened is None:
        raise ReviewError("your account was changed just now: log in again")
    return opened


async def log_out(conn: Connection, person: Person, token: str) -> None:
    """End the session of this token."""
    if await sessions.end(conn, token):
        await audit(conn, person.name, "session.ended", person.account_id, {})


def normal_login(login: str) -> str:
    """A log-in as it is kept: one spelling, whatever the case and the keyboard."""
    return unicodedata.normalize("NFKC", login).strip().lower()


def _check_grant(giver: Iterable[str], roles: Iterable[str]) -> None:
    """Nobody gives a role, or touches an account that has one, which is not theirs to give."""
    beyond = sorted(set(roles) - grantable(giver))
    if beyond:
        raise OrderError(
            f"roles: {', '.join(beyond)} is not yours to give or take: ask who may", "roles"
        )


async def _with_one_time(conn: Connection, account: Row, tenant: str) -> OneTimePassword:
    password = passwords.make_one_time()
    hashed = await passwords.make_hash(password)
    await repository.set_password(conn, account["id"], hashed, ONE_TIME_DAYS)
    row = await repository.account(conn, tenant, account["id"])
    return OneTimePassword(account=AccountView.model_validate(row), one_time_password=password)
