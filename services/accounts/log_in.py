"""Log-in: one answer, and one time, for a wrong password, an unknown and a disabled account."""

import hashlib
from dataclasses import dataclass

from services.accounts import limits, passwords, repository, sessions
from services.accounts.schemas import LogIn
from services.accounts.service import normal_login
from services.accounts.sessions import Opened
from services.database.pool import Connection, Pool, Row, transaction
from services.database.trail import audit


@dataclass(frozen=True, slots=True)
class Caller:
    """The browser that wants in."""

    address: str
    session: str
    """The token it still holds, '' for none; that session ends with the new one's begin."""


async def log_in(pool: Pool, caller: Caller, wanted: LogIn) -> Opened | None:
    """Open a session; None where log-in and password do not belong together.

    Raises HTTPException 429 after too many tries. No connection is held while the hash is made.
    """
    login = normal_login(wanted.login)
    async with transaction(pool) as conn, limits.counting(conn):
        await limits.take(conn, limits.ADDRESS, caller.address)
        await limits.take(conn, limits.LOG_IN, _hidden(caller.address, login))
        await repository.sweep(conn)
        known = await repository.credentials(conn, login)
    kept = known["password_hash"] if known else ""
    right = await passwords.matches(kept, wanted.password.get_secret_value())
    async with transaction(pool) as conn:
        if known is None or not right:
            who = known["id"] if known else ""
            await audit(conn, "anonymous", "session.refused", who, {"address": caller.address})
            return None
        return await enter(conn, caller, known, by_password=True)


async def enter(
    conn: Connection, caller: Caller, account: Row, *, by_password: bool
) -> Opened | None:
    """Open a session for an account that proved itself, with a token never used before."""
    await sessions.end(conn, caller.session)
    opened = await sessions.start(
        conn, account["id"], account["password_hash"], by_password=by_password
    )
    if opened is not None:
        detail = {"address": caller.address, "by": "password" if by_password else "single sign-on"}
        await audit(conn, account["pseudonym"], "session.opened", account["id"], detail)
    return opened


def _hidden(address: str, login: str) -> str:
    """A name for the bucket from which nobody reads who tried to log in."""
    return hashlib.sha256(f"{address} {login}".encode(errors="replace")).hexdigest()
