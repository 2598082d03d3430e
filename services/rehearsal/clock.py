"""The clock of a rehearsal: moved ahead, it does on the way all that falls due, in its order."""

from datetime import datetime
from typing import Any

from ingot.errors import StateError
from services.contracts.clock import due
from services.contracts.clock import repository as due_repository
from services.database.pool import Connection, Row
from services.database.vault import Vault
from services.rehearsal.production import Rehearsed

MOST = 10_000
"""Things that may fall due in one move."""


async def advance(
    conn: Connection, tenant: str, to: datetime, vault: Vault
) -> tuple[datetime, list[dict[str, Any]]]:
    """Move a rehearsal's clock to a time, and give what it then shows and what was done.

    One transaction: either all of it happened, or the clock did not move. Raises StateError where
    the time is past, or too much falls due.
    """
    now = await due_repository.lock_clock(conn, tenant)
    if to < now:
        raise StateError(
            f"the clock shows {now.isoformat()} and only goes ahead: name a later time"
        )
    maker, done = Rehearsed(vault), list[dict[str, Any]]()
    while (next_one := await due_repository.next_due(conn, tenant, to)) is not None:
        if len(done) == MOST:
            raise StateError(f"more than {MOST} things fall due: move the clock in smaller steps")
        at = max(next_one["at"], now)
        await due_repository.set_clock(conn, tenant, at)
        await due.handle(conn, next_one, maker)
        done.append(_told(next_one, at))
    await due_repository.set_clock(conn, tenant, to)
    return to, done


def _told(row: Row, at: datetime) -> dict[str, Any]:
    return {"at": at, "what": row["what"], "id": row["id"], "order_id": row["order_id"]}
