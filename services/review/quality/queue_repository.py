"""The SQL of queues as far as quality needs them."""

from services.database.pool import Connection, Row
from services.review.quality.faults import unknown


async def find_queue(conn: Connection, tenant: str, queue_id: str, *, lock: bool = False) -> Row:
    """A tenant's queue; raises Unknown.

    Locked, no other guideline is published meanwhile; answers go on, as they lock its key only.
    """
    lock_words = "FOR NO KEY UPDATE" if lock else ""
    rows = await conn.execute(
        "SELECT id, name, kind, purpose, state, overlap, max_overlap, agree_share, guideline_n, "
        f"created_at FROM queue WHERE id = %s AND tenant_id = %s {lock_words}",
        (queue_id, tenant),
    )
    return await rows.fetchone() or unknown("queue", queue_id)


async def find_any_queue(conn: Connection, queue_id: str) -> Row:
    """A queue of whatever tenant, for those who may work in all; raises Unknown."""
    rows = await conn.execute("SELECT id, name, kind FROM queue WHERE id = %s", (queue_id,))
    return await rows.fetchone() or unknown("queue", queue_id)
