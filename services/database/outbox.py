"""The outbox: what is to happen next, written in the transaction that made it necessary.

A worker claims an event by a session-level advisory lock on the event's key, held by a connection
of the worker's own. So no two workers run the same event, nor two events of one batch at once; and
a worker that is killed loses its connection, and with it the lock, at once. An event is done when
its worker says so: it may run twice after a kill, and what it starts must bear that.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from services.database.pool import Connection

CHANNEL = "ingot_outbox"
_LOOK_AHEAD = 100
_LOCK_SPACE = 71


@dataclass(frozen=True, slots=True)
class Event:
    """One thing to do."""

    id: int
    topic: str
    """'batch.' and planned, calibrated, audited, alarmed, reviewed, delivered or resumed."""
    key: str
    """Id of the batch it is about."""
    payload: dict[str, Any]
    attempts: int
    """How often it was claimed, this time included."""


async def publish(conn: Connection, topic: str, key: str, payload: dict[str, Any]) -> None:
    """Write an event in the caller's transaction; workers wake when that commits."""
    await conn.execute(
        "WITH made AS ("
        "INSERT INTO outbox (topic, key, payload) VALUES (%s, %s, %s) RETURNING topic) "
        "SELECT pg_notify(%s, topic) FROM made",
        (topic, key, Jsonb(payload), CHANNEL),
    )


async def claim(conn: Connection) -> Event | None:
    """Lock the next event that is due; None where there is none.

    `conn` comes from `connect` and holds one event at a time, until `finish` or `fail`.
    """
    rows = await conn.execute(
        "SELECT id, key FROM outbox WHERE done_at IS NULL AND available_at <= now() "
        "ORDER BY id LIMIT %s",
        (_LOOK_AHEAD,),
    )
    for row in await rows.fetchall():
        if await _lock(conn, row["key"]):
            if (event := await _begin(conn, row["id"])) is not None:
                return event
            await _unlock(conn, row["key"])
    return None


async def finish(conn: Connection, event: Event) -> None:
    """Mark a claimed event as done."""
    await conn.execute("UPDATE outbox SET done_at = now() WHERE id = %s", (event.id,))
    await _unlock(conn, event.key)


async def fail(conn: Connection, event: Event, error: str, *, retry_after_s: float) -> None:
    """Put a claimed event back, due again after a while."""
    await conn.execute(
        "UPDATE outbox SET last_error = %s, available_at = now() + make_interval(secs => %s) "
        "WHERE id = %s",
        (error, retry_after_s, event.id),
    )
    await _unlock(conn, event.key)


async def events(conn: Connection, *, poll_s: float = 5.0) -> AsyncIterator[Event]:
    """Yield events as they become due, for ever; each must be finished or failed before the next.

    A notification ends the wait early. Polling finds what nobody is notified of: events put back
    for later, and those of a worker that died.
    """
    await conn.execute(f"LISTEN {CHANNEL}")
    while True:
        if (event := await claim(conn)) is not None:
            yield event
            continue
        async for _ in conn.notifies(timeout=poll_s, stop_after=1):
            pass


async def _begin(conn: Connection, event_id: int) -> Event | None:
    """Count the attempt; None where another worker finished it before we had the lock."""
    rows = await conn.execute(
        "UPDATE outbox SET attempts = attempts + 1 "
        "WHERE id = %s AND done_at IS NULL AND available_at <= now() "
        "RETURNING id, topic, key, payload, attempts",
        (event_id,),
    )
    row = await rows.fetchone()
    return Event(**row) if row else None


async def _lock(conn: Connection, key: str) -> bool:
    rows = await conn.execute(
        "SELECT pg_try_advisory_lock(hashtextextended(%s, %s)) AS got", (key, _LOCK_SPACE)
    )
    row = await rows.fetchone()
    return bool(row and row["got"])


async def _unlock(conn: Connection, key: str) -> None:
    await conn.execute("SELECT pg_advisory_unlock(hashtextextended(%s, %s))", (key, _LOCK_SPACE))
