"""The SQL of senders: take what is due, write down what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from services.database.pool import Connection
from services.database.trail import audit

_CLAIM = """
WITH due AS (
    SELECT d.id FROM webhook_endpoint e
    LEFT JOIN unnest(%(busy)s::text[], %(places)s::int[]) AS b (endpoint_id, taken)
        ON b.endpoint_id = e.id
    CROSS JOIN LATERAL (
        SELECT id, due_at FROM webhook_delivery
        WHERE endpoint_id = e.id AND state = 'pending' AND due_at <= now()
        ORDER BY due_at
        LIMIT greatest(0, CASE WHEN e.failing_since IS NULL THEN %(most)s ELSE 1 END
                          - coalesce(b.taken, 0))
        FOR UPDATE SKIP LOCKED) d
    WHERE e.deleted_at IS NULL AND e.disabled_at IS NULL
      AND (e.resting_until IS NULL OR e.resting_until <= now())
    ORDER BY d.due_at LIMIT %(room)s)
UPDATE webhook_delivery d SET due_at = now() + make_interval(secs => %(lease_s)s)
FROM due, webhook_endpoint e, event v
WHERE d.id = due.id AND e.id = d.endpoint_id AND v.id = d.event_id
RETURNING d.id, d.endpoint_id, d.event_id, d.tries, d.due_at AS lease, e.url, e.secret,
    CASE WHEN e.old_secret_until > now() THEN e.old_secret END AS old_secret, v.type, v.at, v.data
"""
_RESULTS = """
WITH r AS (SELECT * FROM jsonb_to_recordset(%s) AS r (
    id text, endpoint_id text, lease timestamptz, state text, wait_s float, rest_s float,
    at timestamptz, status int, error text, duration_ms int, response text))
"""
_LOG = f"""{_RESULTS}
INSERT INTO webhook_attempt (tenant_id, delivery_id, at, status, error, duration_ms, response)
SELECT d.tenant_id, d.id, r.at, r.status, r.error, r.duration_ms, r.response
FROM r JOIN webhook_delivery d ON d.id = r.id
"""
_MOVE = f"""{_RESULTS}
UPDATE webhook_delivery d SET
    state = r.state, tries = d.tries + 1,
    due_at = CASE WHEN r.state = 'pending' THEN now() + make_interval(secs => r.wait_s)
                  ELSE d.due_at END,
    ended_at = CASE WHEN r.state <> 'pending' THEN now() END
FROM r WHERE d.id = r.id
  AND (r.state = 'delivered' OR (d.state = 'pending' AND d.due_at = r.lease))
"""
_HEALTH = f"""{_RESULTS.rstrip()}, health AS (
    SELECT endpoint_id, bool_or(state = 'delivered') AS well, max(rest_s) AS rest_s
    FROM r GROUP BY endpoint_id)
UPDATE webhook_endpoint e SET
    failing_since = CASE WHEN NOT h.well THEN coalesce(e.failing_since, now()) END,
    resting_until = coalesce(now() + make_interval(secs => h.rest_s), e.resting_until)
FROM health h
WHERE e.id = h.endpoint_id AND NOT (h.well AND e.failing_since IS NULL AND h.rest_s IS NULL)
RETURNING e.id, e.failing_since <= now() - make_interval(secs => %s) AS hopeless
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this sender may try, until its lease ends."""

    id: str
    endpoint_id: str
    event_id: str
    tries: int
    """Before this one."""
    lease: datetime
    url: str
    secret: bytes
    """Sealed, as the old one is."""
    old_secret: bytes | None
    type: str
    at: datetime
    data: dict[str, Any]


async def claim(
    conn: Connection, busy: Mapping[str, int], *, most: int, room: int, lease_s: float
) -> list[Claimed]:
    """Take up to `room` deliveries that are due, the longest due first.

    No endpoint has more than `most` at once, those in `busy` counted; one that fails has one, so
    that the dead do not take the places of the living.
    """
    # A claim that a crash of the database forgets is made again.
    await conn.execute("SET LOCAL synchronous_commit = off")
    rows = await conn.execute(
        _CLAIM,
        {
            "busy": list(busy),
            "places": list(busy.values()),
            "most": most,
            "room": room,
            "lease_s": lease_s,
        },
    )
    return [Claimed(**row) for row in await rows.fetchall()]


async def record(
    conn: Connection, results: Sequence[dict[str, Any]], *, hopeless_after_s: float
) -> list[str]:
    """Write what came of tries, and give the endpoints where nothing got through for too long.

    A failure counts only while its lease lasts: another sender may be trying by then. What was
    delivered is delivered.
    """
    written = Jsonb(results)
    await conn.execute(_LOG, (written,))
    await conn.execute(_MOVE, (written,))
    rows = await conn.execute(_HEALTH, (written, hopeless_after_s))
    return [row["id"] for row in await rows.fetchall() if row["hopeless"]]


async def end_the_unwanted(conn: Connection) -> int:
    """End what waits for endpoints that were deleted while it was published or replayed."""
    done = await conn.execute(
        "UPDATE webhook_delivery SET state = 'dead', ended_at = now() WHERE id IN ("
        "SELECT d.id FROM webhook_endpoint e JOIN webhook_delivery d ON d.endpoint_id = e.id "
        "WHERE e.deleted_at IS NOT NULL AND d.state = 'pending' FOR UPDATE OF d SKIP LOCKED)"
    )
    return done.rowcount


async def disable(conn: Connection, endpoint_id: str, because: str) -> bool:
    """Switch an endpoint off; what waits for it waits on. False where it is off already."""
    rows = await conn.execute(
        "UPDATE webhook_endpoint SET disabled_at = now(), disabled_because = %s "
        "WHERE id = %s AND disabled_at IS NULL AND deleted_at IS NULL RETURNING tenant_id",
        (because, endpoint_id),
    )
    row = await rows.fetchone()
    if row is not None:
        detail = {"because": because}
        act = "webhook_endpoint.disabled"
        await audit(conn, "platform", act, endpoint_id, detail, tenant=row["tenant_id"])
    return row is not None
