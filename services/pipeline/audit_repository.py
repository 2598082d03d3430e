"""The SQL of the audit: epochs, audited items, alarms.

The row of the order is locked before an alarm is raised and after a batch's own row, never the
other way round.
"""

from typing import Any

from services.database.pool import Connection, Row, fetch_one


async def begin_calibration(conn: Connection, batch_id: str) -> None:
    """Put a batch into the current epoch of its order, unless it is in one."""
    await conn.execute(
        "INSERT INTO calibration (batch_id, order_id, epoch) "
        "SELECT b.id, b.order_id, coalesce((SELECT max(epoch) + 1 FROM promise_alarm a "
        "WHERE a.order_id = b.order_id), 0) FROM batch b WHERE b.id = %s ON CONFLICT DO NOTHING",
        (batch_id,),
    )


async def calibration(conn: Connection, batch_id: str) -> Row | None:
    """A batch's `epoch`, `accepted` and `revoked_for`, and the causes of `alarms` that came since.

    None where the batch was not calibrated.
    """
    return await fetch_one(
        conn,
        "SELECT epoch, accepted, revoked_for, ARRAY(SELECT a.cause FROM promise_alarm a "
        "WHERE a.order_id = c.order_id AND a.epoch >= c.epoch ORDER BY a.at) AS alarms "
        "FROM calibration c WHERE c.batch_id = %s",
        batch_id,
    )


async def trust(conn: Connection, batch_id: str, accepted: int, items: dict[str, Any]) -> None:
    """Record what the judge accepted in a batch, and what it said of the audited items."""
    await conn.execute(
        "UPDATE calibration SET accepted = %s WHERE batch_id = %s", (accepted, batch_id)
    )
    await conn.execute(
        "INSERT INTO audit_item (batch_id, item_id, verdict, probability) "
        "SELECT %(batch_id)s, i.* FROM unnest(%(item_id)s::text[], %(verdict)s::text[], "
        "%(probability)s::float8[]) AS i ON CONFLICT DO NOTHING",
        {"batch_id": batch_id, **items},
    )


async def revoke(conn: Connection, batch_id: str, cause: str) -> bool:
    """Trust the judge with nothing in a batch any more; False where that is so already."""
    done = await conn.execute(
        "UPDATE calibration SET revoked_for = %s WHERE batch_id = %s AND revoked_for = ''",
        (cause, batch_id),
    )
    return done.rowcount == 1


async def audited(conn: Connection, order_id: str, epoch: int) -> list[Row]:
    """The audited items of an epoch that have all their answers, in the order of the last ones.

    Each is the `batch_id`, the judge's `verdict` and `probability`, and people's `votes`; where an
    adjudicator decided, that is the only one.
    """
    rows = await conn.execute(
        "SELECT i.batch_id, i.item_id, i.verdict, i.probability, "
        "CASE WHEN d.task_id IS NULL THEN array_agg(w.label ORDER BY w.assignment_id) "
        "ELSE ARRAY[d.label] END AS votes "
        "FROM calibration c JOIN audit_item i ON i.batch_id = c.batch_id "
        "JOIN review_task t ON t.batch_id = i.batch_id AND t.item_id = i.item_id "
        "AND t.purpose = 'audit' AND t.state = 'done' "
        "LEFT JOIN adjudication d ON d.task_id = t.id "
        "LEFT JOIN counted_answer w ON w.task_id = t.id "
        "WHERE c.order_id = %s AND c.epoch = %s "
        "AND (w.task_id IS NOT NULL OR d.task_id IS NOT NULL) "
        "GROUP BY i.batch_id, i.item_id, d.task_id "
        "ORDER BY greatest(max(w.answered_at), d.at), i.batch_id, i.item_id",
        (order_id, epoch),
    )
    return await rows.fetchall()


async def lock_order(conn: Connection, order_id: str) -> None:
    """Let alarms of an order, and batches on their way out of it, wait for each other."""
    await conn.execute("SELECT 1 FROM orders WHERE id = %s FOR NO KEY UPDATE", (order_id,))


async def add_alarm(conn: Connection, order_id: str, alarm: dict[str, Any]) -> bool:
    """Close an epoch; False where an alarm of this cause did so already."""
    done = await conn.execute(
        "INSERT INTO promise_alarm (order_id, epoch, cause, batch_id, scope, items) VALUES "
        "(%(order_id)s, %(epoch)s, %(cause)s, %(batch_id)s, %(scope)s, %(items)s) "
        "ON CONFLICT DO NOTHING",
        {"order_id": order_id, **alarm},
    )
    return done.rowcount == 1


async def alarm(conn: Connection, order_id: str, epoch: int) -> Row | None:
    """The audit's alarm in an epoch: its `batch_id`, `scope` and `items`."""
    return await fetch_one(
        conn,
        "SELECT batch_id, scope, items FROM promise_alarm "
        "WHERE order_id = %s AND epoch = %s AND cause = 'audit'",
        order_id,
        epoch,
    )


async def batches_in_epoch(conn: Connection, order_id: str, epoch: int) -> list[Row]:
    """The batches of an epoch, by id with their state."""
    rows = await conn.execute(
        "SELECT b.id, b.state FROM batch b JOIN calibration c ON c.batch_id = b.id "
        "WHERE c.order_id = %s AND c.epoch = %s ORDER BY b.seq",
        (order_id, epoch),
    )
    return await rows.fetchall()


async def batch_before(conn: Connection, order_id: str, seq: int) -> str | None:
    """The latest delivered batch of an order before this place in it."""
    row = await fetch_one(
        conn,
        "SELECT id FROM batch WHERE order_id = %s AND seq < %s AND state = 'delivered' "
        "ORDER BY seq DESC LIMIT 1",
        order_id,
        seq,
    )
    return str(row["id"]) if row else None
