"""The SQL of queues and their terms."""

from typing import Any

from psycopg import sql

from services.database.pool import Connection, Row
from services.review.queue.claims_repository import QUALIFIED

WAITING_CAP = 1_000
_TERMS = (
    "id, order_id, name, kind, purpose, state, simulated_ok, overlap, max_overlap, agree_share, "
    "adjudicate, lease_s, skill, grants, test_items, pass_share, gold_every, pay_minor, currency, "
    "weight, guideline_n, created_at"
)
_WAITING = f"""(SELECT count(*) FROM (
    SELECT 1 FROM review_task t WHERE t.queue_id = q.id AND t.slots_free > 0 AND t.state = 'open'
    LIMIT {WAITING_CAP}) w)"""
_GOLD_LEFT = """(SELECT count(*) FROM review_task t JOIN gold ON gold.task_id = t.id
    WHERE t.queue_id = q.id AND t.state = 'gold' AND gold.active AND NOT EXISTS (
        SELECT 1 FROM assignment s WHERE s.task_id = t.id AND s.reviewer = %(reviewer)s))"""
_SEEN = "q.id, q.name, q.kind, q.purpose, q.state, q.skill, q.pay_minor, q.currency, q.guideline_n"


async def of_reviewer(conn: Connection, reviewer: str, simulated: bool) -> list[Row]:
    """Queues in which a reviewer may work or could, if they earned the skill.

    An order's queue is among them while it has tasks.
    """
    rows = await conn.execute(
        f"""
        SELECT {_SEEN}, {QUALIFIED} AS qualified,
               CASE WHEN q.purpose = 'training' THEN {_GOLD_LEFT} ELSE {_WAITING} END AS waiting
        FROM queue q
        WHERE q.state <> 'closed' AND (q.simulated_ok OR NOT %(simulated)s)
          AND (q.order_id IS NULL OR EXISTS (
              SELECT 1 FROM review_task t WHERE t.queue_id = q.id
              AND t.state IN ('open', 'adjudicating')))
        ORDER BY q.id
        """,
        {"reviewer": reviewer, "simulated": simulated},
    )
    return await rows.fetchall()


async def of_tenant(conn: Connection, tenant: str) -> list[Row]:
    """All queues of a tenant."""
    rows = await conn.execute(
        f"SELECT {_SEEN}, true AS qualified, {_WAITING} AS waiting FROM queue q "
        "WHERE q.tenant_id = %s ORDER BY q.id",
        (tenant,),
    )
    return await rows.fetchall()


async def add(conn: Connection, tenant: str, terms: dict[str, Any], guideline: Row) -> Row:
    """Add a queue with the first version of its guideline."""
    columns = sql.SQL(", ").join(map(sql.Identifier, terms))
    values = sql.SQL(", ").join(map(sql.Placeholder, terms))
    statement = sql.SQL(
        "WITH made AS (INSERT INTO queue (tenant_id, {columns}) VALUES (%(tenant)s, {values}) "
        "RETURNING *), first AS ("
        "INSERT INTO guideline (queue_id, n, body, rubric, change_note, breaking, sha256, author) "
        "SELECT id, 1, %(body)s, %(rubric)s, 'first version', false, %(sha256)s, %(author)s "
        "FROM made) SELECT {seen} FROM made"
    ).format(columns=columns, values=values, seen=sql.SQL(_TERMS))
    rows = await conn.execute(statement, {"tenant": tenant, **terms, **guideline})
    row = await rows.fetchone()
    assert row is not None
    return row


async def change(conn: Connection, tenant: str, queue_id: str, terms: dict[str, Any]) -> Row | None:
    """Change terms of a tenant's queue; None where it has none of this id."""
    settings = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in terms
    )
    statement = sql.SQL(
        "UPDATE queue SET {settings} WHERE id = %(queue_id)s AND tenant_id = %(tenant)s "
        "RETURNING {seen}"
    ).format(settings=settings, seen=sql.SQL(_TERMS))
    rows = await conn.execute(statement, {"queue_id": queue_id, "tenant": tenant, **terms})
    return await rows.fetchone()
