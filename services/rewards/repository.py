"""The SQL of review tasks that belong to a tenant and to no batch."""

from typing import Any

from services.database.pool import Connection, Row
from services.review.tasks_repository import URGENCY

QUEUE = "rewards"
_OF_TENANT = (
    "FROM review_task t JOIN queue q ON q.id = t.queue_id "
    f"WHERE q.tenant_id = %s AND q.order_id IS NULL AND q.name = '{QUEUE}' "
    "AND t.purpose = 'unsure' "
)
"""Gold, and what an operator puts into the same queue, is none of the reward service's."""


async def open_tasks(conn: Connection, tenant: str) -> int:
    """How many of a tenant's tasks still wait for people."""
    rows = await conn.execute(
        f"SELECT count(*) AS n {_OF_TENANT} AND t.state IN ('open', 'adjudicating')",
        (tenant,),
    )
    row = await rows.fetchone()
    assert row is not None
    return int(row["n"])


async def ensure_queue(conn: Connection, tenant: str, body: str, sha256: str) -> str | None:
    """The id of a tenant's queue of such tasks, made with this guideline where it is new.

    None where somebody made a queue of another kind under its name.
    """
    await conn.execute(
        """
        WITH made AS (
            INSERT INTO queue (tenant_id, name, kind, max_overlap) VALUES (%s, %s, 'pairwise', 15)
            ON CONFLICT (tenant_id, name) WHERE order_id IS NULL DO NOTHING RETURNING id)
        INSERT INTO guideline (queue_id, n, body, rubric, change_note, breaking, sha256, author)
        SELECT id, 1, %s, '{}', 'first version', false, %s, 'platform' FROM made
        """,
        (tenant, QUEUE, body, sha256),
    )
    rows = await conn.execute(
        "SELECT id FROM queue WHERE tenant_id = %s AND name = %s AND order_id IS NULL "
        "AND kind = 'pairwise'",
        (tenant, QUEUE),
    )
    row = await rows.fetchone()
    return str(row["id"]) if row else None


async def add_tasks(
    conn: Connection, queue_id: str, overlap: int, columns: dict[str, list[Any]]
) -> None:
    """Insert tasks unless the queue has one of the same content."""
    await conn.execute(
        f"""
        INSERT INTO review_task (queue_id, guideline_n, item_id, purpose, payload, priority,
                                 urgency, overlap, slots_free, answers_needed)
        SELECT q.id, q.guideline_n, n.item_id, 'unsure', n.payload::json, n.priority, {URGENCY},
               %(overlap)s, %(overlap)s, %(overlap)s
        FROM queue q, unnest(%(item_id)s::text[], %(payload)s::text[], %(priority)s::float8[])
             AS n(item_id, payload, priority)
        WHERE q.id = %(queue_id)s
        ORDER BY n.item_id  -- two requests with the same items wait for each other in one order
        ON CONFLICT (queue_id, batch_id, item_id, purpose) DO NOTHING
        """,
        {"queue_id": queue_id, "overlap": overlap, **columns},
    )


async def task_ids(conn: Connection, tenant: str, item_ids: list[str]) -> dict[str, str]:
    """The tasks of these contents, by content."""
    rows = await conn.execute(
        f"SELECT t.id, t.item_id {_OF_TENANT} AND t.item_id = ANY(%s)",
        (tenant, item_ids),
    )
    return {row["item_id"]: row["id"] for row in await rows.fetchall()}


async def task(conn: Connection, tenant: str, task_id: str) -> Row | None:
    """One task of a tenant, with an adjudicator's `final` label where there is one."""
    rows = await conn.execute(
        "SELECT t.id, t.state, t.payload, "
        "(SELECT d.label FROM adjudication d WHERE d.task_id = t.id) AS final "
        f"{_OF_TENANT} AND t.id = %s",
        (tenant, task_id),
    )
    return await rows.fetchone()


async def answers(conn: Connection, task_id: str) -> list[Row]:
    """What people said of a task, oldest first."""
    rows = await conn.execute(
        "SELECT label AS verdict, comment, simulated FROM counted_answer "
        "WHERE task_id = %s ORDER BY answered_at, assignment_id",
        (task_id,),
    )
    return await rows.fetchall()
