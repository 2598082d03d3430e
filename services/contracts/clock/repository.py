"""The SQL of what the clock brings."""

from datetime import datetime, timedelta

from services.contracts.states import UNDELIVERED
from services.database.pool import Connection, Row, fetch_one

_UNDELIVERED = ", ".join(f"'{state}'" for state in UNDELIVERED)
_DUE = f"""
SELECT d.at, d.what, d.id, d.order_id, d.tenant_id FROM (
    SELECT b.starts_at AS at, 'begin' AS what, b.id, b.order_id, b.tenant_id
    FROM batch b JOIN contract c ON c.id = b.order_id
    WHERE b.state = 'planned' AND b.started_at IS NULL AND b.purged_at IS NULL
      AND c.state IN ('calibrating', 'active', 'completing')
    UNION ALL
    SELECT b.arrives_at, 'arrive', b.id, b.order_id, b.tenant_id
    FROM batch b JOIN contract c ON c.id = b.order_id
    WHERE b.arrives_at IS NOT NULL AND b.state IN ({_UNDELIVERED}) AND b.purged_at IS NULL
      AND c.state IN ('calibrating', 'active', 'completing', 'in_dispute')
    UNION ALL
    SELECT b.due_at, 'late', b.id, b.order_id, b.tenant_id
    FROM batch b JOIN contract c ON c.id = b.order_id
    WHERE b.state IN ({_UNDELIVERED}) AND b.purged_at IS NULL
      AND c.state IN ('calibrating', 'active', 'completing')
      AND NOT EXISTS (SELECT FROM incident i
                      WHERE i.order_id = b.order_id AND i.batch_id = b.id AND i.kind = 'late')
    UNION ALL
    SELECT b.accept_by - interval '1 day', 'remind', b.id, b.order_id, b.tenant_id
    FROM batch b JOIN contract c ON c.id = b.order_id
    WHERE b.state = 'delivered' AND b.reminded_at IS NULL AND b.purged_at IS NULL
      AND c.state NOT IN ('closed', 'cancelled')
    UNION ALL
    SELECT b.accept_by, 'lapse', b.id, b.order_id, b.tenant_id
    FROM batch b JOIN contract c ON c.id = b.order_id
    WHERE b.state = 'delivered' AND b.kind <> 'calibration' AND c.auto_accept
      AND b.purged_at IS NULL AND c.state IN ('active', 'completing')
    UNION ALL
    SELECT b.settled_at + make_interval(days => c.retention_days), 'purge', b.id, b.order_id,
           b.tenant_id
    FROM batch b JOIN contract c ON c.id = b.order_id
    WHERE b.settled_at IS NOT NULL AND b.purged_at IS NULL AND b.kind IS NOT NULL
    UNION ALL
    SELECT c.paused_at + make_interval(days => c.pause_days) - c.paused_for, 'resume', c.id, c.id,
           c.tenant_id
    FROM contract c WHERE c.state = 'paused'
    UNION ALL
    SELECT q.valid_until, 'expire', q.id, '', q.tenant_id FROM quote q WHERE q.state = 'issued'
) d
"""


async def next_due(conn: Connection, tenant: str, until: datetime) -> Row | None:
    """What comes first in a tenant until then; None where nothing does."""
    return await fetch_one(
        conn,
        f"{_DUE} WHERE d.tenant_id = %s AND d.at <= %s ORDER BY d.at, d.what, d.id LIMIT 1",
        tenant,
        until,
    )


async def due_now(conn: Connection, limit: int) -> list[Row]:
    """What is due in all that is live, the oldest first."""
    rows = await conn.execute(
        f"{_DUE} WHERE d.tenant_id NOT LIKE '%%--test' AND d.at <= now() "
        "ORDER BY d.at, d.what, d.id LIMIT %s",
        (limit,),
    )
    return await rows.fetchall()


async def lock_clock(conn: Connection, tenant: str) -> datetime:
    """Hold a rehearsal's clock, and give what it shows."""
    row = await fetch_one(
        conn,
        "SELECT now() + clock_ahead AS now FROM tenant WHERE id = %s FOR NO KEY UPDATE",
        tenant,
    )
    assert row is not None
    at: datetime = row["now"]
    return at


async def set_clock(conn: Connection, tenant: str, at: datetime) -> None:
    """Put a rehearsal's clock to a later time."""
    await conn.execute(
        "UPDATE tenant SET clock_ahead = greatest(clock_ahead, "
        "make_interval(secs => extract(epoch FROM %s - now()))) WHERE id = %s",
        (at, tenant),
    )


async def clock_ahead(conn: Connection, tenant: str) -> timedelta:
    """How far a tenant's clock is ahead."""
    row = await fetch_one(conn, "SELECT clock_ahead FROM tenant WHERE id = %s", tenant)
    assert row is not None
    ahead: timedelta = row["clock_ahead"]
    return ahead
