"""Sessions of people who logged in: a random token in a cookie, its hash in the database.

A session ends after IDLE_MINUTES without a request, after HOURS in any case, with log-out, with a
change of password and when the account is disabled. Each log-in makes a new token.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

from services.accounts import repository
from services.accounts.keys import Principal
from services.database.pool import Connection

IDLE_MINUTES, HOURS = 120, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Principal):
    """Somebody who logged in."""

    account_id: str
    csrf: str
    """What each write has to repeat, in the header X-CSRF-Token or the form's field `csrf`."""
    one_time: bool
    """They came with a one-time password and may do nothing but choose their own."""
    session_until: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A new session; the token goes into the cookie and is kept nowhere else."""

    token: str
    person: Person


async def start(
    conn: Connection, account_id: str, password_hash: str, *, by_password: bool = True
) -> Opened | None:
    """Open a session of an account that has this hash; None where it no longer has."""
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    row = await repository.add_session(
        conn,
        _digest(token),
        csrf,
        account_id,
        password_hash=password_hash,
        by_password=by_password,
        hours=HOURS,
    )
    person = await find(conn, token) if row else None
    return Opened(token, person) if person else None


async def find(conn: Connection, token: str) -> Person | None:
    """Whose session this is; None where it is unknown or over."""
    digest = _digest(token)
    row = await repository.session(conn, digest, IDLE_MINUTES)
    if row is None:
        return None
    if row["unseen"]:
        await repository.see_session(conn, digest)
    return Person(
        role="account",
        tenant_id=row["tenant_id"],
        pseudonym=row["pseudonym"],
        simulated=False,
        key_prefix="",
        roles=frozenset(row["roles"]),
        account_id=row["id"],
        csrf=row["csrf"],
        one_time=row["one_time"],
        session_until=row["expires_at"],
    )


async def end(conn: Connection, token: str) -> bool:
    """End a session; False where there is none."""
    return await repository.end_session(conn, _digest(token))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
