"""The SQL of claims.

Locks are taken in one order: reviewer, assignment, task, batch. An assignment of somebody else is
skipped where it is locked. So nothing can deadlock, and what one reviewer does happens one by one.
"""

from typing import Any

import psycopg

from services.database.pool import Connection, Row
from services.review.queue.showing_repository import COLUMNS, TERMS

RELEASE_PAUSE_S = 10 * 60
"""How long a reviewer is not offered a task again that they gave back."""

NOT_SEEN = f"""NOT EXISTS (
    SELECT 1 FROM assignment s WHERE s.task_id = t.id AND s.reviewer = %(reviewer)s
      AND s.reason <> 'stale_guideline'
      AND (s.state IN ('leased', 'submitted', 'surplus', 'skipped', 'voided')
           OR (s.state = 'released'
               AND s.ended_at > now() - make_interval(secs => {RELEASE_PAUSE_S}))))"""
_OPEN = "t.slots_free > 0 AND t.state = 'open'"
QUALIFIED = """(q.skill = '' OR EXISTS (
    SELECT 1 FROM qualification k WHERE k.reviewer = %(reviewer)s AND k.skill = q.skill
      AND (k.expires_at IS NULL OR k.expires_at > now())))"""
ALLOWED = f"(q.simulated_ok OR NOT %(simulated)s) AND {QUALIFIED}"
DRAW = "('x' || left(encode(sha256(convert_to(t.id || %(reviewer)s, 'UTF8')), 'hex'), 6))::bit(24)"


async def lock_reviewer(conn: Connection, reviewer: str) -> None:
    """Let one claim of a reviewer wait for the other, so that two tabs get the same leases."""
    await conn.execute("SELECT 1 FROM reviewer WHERE pseudonym = %s FOR NO KEY UPDATE", (reviewer,))


async def give_back_dead(conn: Connection) -> None:
    """End some leases that ran out, and free their slots; waits for nobody."""
    await conn.execute(
        """
        WITH dead AS (
            SELECT a.id, a.task_id FROM assignment a JOIN review_task t ON t.id = a.task_id
            WHERE a.state = 'leased' AND a.expires_at < now()
            ORDER BY a.expires_at LIMIT 20 FOR UPDATE OF a, t SKIP LOCKED),
        ended AS (
            UPDATE assignment a SET state = 'expired', ended_at = now() FROM dead
            WHERE a.id = dead.id RETURNING a.task_id)
        UPDATE review_task t SET slots_free = slots_free + freed.n
        FROM (SELECT task_id, count(*) AS n FROM ended GROUP BY task_id) freed
        WHERE t.id = freed.task_id AND t.state = 'open'
        """
    )


async def queue(conn: Connection, reviewer: str, simulated: bool, queue_id: str) -> Row | None:
    """A queue's terms, and whether this reviewer is `allowed` there and `qualified`."""
    rows = await conn.execute(
        "SELECT q.id, q.state, q.purpose, q.skill, q.gold_every, "
        f"(q.simulated_ok OR NOT %(simulated)s) AS allowed, {QUALIFIED} AS qualified "
        "FROM queue q WHERE q.id = %(queue_id)s",
        {"reviewer": reviewer, "simulated": simulated, "queue_id": queue_id},
    )
    return await rows.fetchone()


async def training_for(conn: Connection, skill: str) -> str | None:
    """The name of a queue in which a skill can be earned."""
    rows = await conn.execute(
        "SELECT name FROM queue WHERE grants = %s AND state = 'open' ORDER BY id LIMIT 1", (skill,)
    )
    row = await rows.fetchone()
    return str(row["name"]) if row else None


async def draw_queues(conn: Connection, reviewer: str, simulated: bool, limit: int) -> list[Row]:
    """Queues that have a task for this reviewer, in an order drawn at random by their weights.

    Keys -ln(u)/weight put a queue first with a probability in proportion to its weight (Efraimidis
    and Spirakis 2006), with no counter that all claims would have to update. The walk over `live`
    touches only queues with open tasks, and the tasks of each only until one fits: in the order of
    an index, or else the planner may read a small queue's task behind a million others.
    """
    rows = await conn.execute(
        f"""
        WITH RECURSIVE live AS (
            SELECT (SELECT min(t.queue_id) FROM review_task t WHERE {_OPEN}) AS id
            UNION ALL
            SELECT (SELECT min(t.queue_id) FROM review_task t
                    WHERE {_OPEN} AND t.queue_id > live.id)
            FROM live WHERE live.id IS NOT NULL)
        SELECT drawn.id, drawn.gold_every, drawn.purpose FROM (
            SELECT q.id, q.gold_every, q.purpose FROM live JOIN queue q ON q.id = live.id
            WHERE q.state = 'open' AND q.purpose = 'production' AND {ALLOWED}
            ORDER BY -ln(1 - random()) / q.weight OFFSET 0) drawn,
            LATERAL (SELECT 1 FROM review_task t
                     WHERE t.queue_id = drawn.id AND {_OPEN} AND {NOT_SEEN}
                     ORDER BY t.urgency DESC, t.id LIMIT 1) found
        LIMIT %(limit)s
        """,
        {"reviewer": reviewer, "simulated": simulated, "limit": limit},
    )
    return await rows.fetchall()


async def lease(
    conn: Connection, reviewer: str, queue_id: str, limit: int, *, skip_locked: bool
) -> list[Row]:
    """Lease free slots of a queue's tasks that the reviewer has not had, most urgent first.

    The order on the screen is drawn from task and reviewer: random over both, the same if asked
    again, and kept with the assignment.
    """
    rows = await conn.execute(
        f"""
        WITH t AS MATERIALIZED (
            SELECT t.id, t.payload, t.queue_id, t.guideline_n, t.urgency FROM review_task t
            WHERE t.queue_id = %(queue_id)s AND {_OPEN} AND {NOT_SEEN}
            ORDER BY t.urgency DESC, t.id LIMIT %(limit)s
            FOR UPDATE OF t {"SKIP LOCKED" if skip_locked else ""}),
        taken AS (
            UPDATE review_task SET slots_free = slots_free - 1 FROM t WHERE review_task.id = t.id),
        {INSERTED}
        SELECT {COLUMNS} FROM a JOIN t ON t.id = a.task_id {TERMS} ORDER BY a.id
        """,
        {"reviewer": reviewer, "queue_id": queue_id, "limit": limit},
    )
    return await rows.fetchall()


INSERTED = f"""a AS (
    INSERT INTO assignment (task_id, reviewer, presented, guideline_n, expires_at)
    SELECT t.id, %(reviewer)s, {DRAW}::int, t.guideline_n, now() + make_interval(secs => q.lease_s)
    FROM t JOIN queue q ON q.id = t.queue_id ORDER BY t.urgency DESC, t.id
    RETURNING id, task_id, state, expires_at, presented, guideline_n, leased_at)"""


async def lease_waiting(conn: Connection, reviewer: str, queue_id: str, limit: int) -> list[Row]:
    """Lease without skipping locked tasks: a task locked for a moment is not an empty queue."""
    try:
        async with conn.transaction():
            await conn.execute("SET LOCAL lock_timeout = '200ms'")
            rows = await lease(conn, reviewer, queue_id, limit, skip_locked=False)
            await conn.execute("SET LOCAL lock_timeout = 0")
            return rows
    except psycopg.errors.LockNotAvailable:
        return []


_NOT_DONE = """NOT EXISTS (
    SELECT 1 FROM assignment s WHERE s.task_id = t.id AND s.reviewer = %(reviewer)s
      AND s.reason <> 'stale_guideline'
      AND s.state IN ('submitted', 'surplus', 'skipped', 'voided'))"""


async def anything_open(
    conn: Connection, reviewer: str, simulated: bool, queue_id: str | None
) -> bool:
    """Whether some open task may yet come to this reviewer, once somebody gives it back.

    Such a task is leased to somebody else, or it has a free slot and is locked just now or was
    given back by this reviewer. Both are found without a walk over the tasks that are full.
    """
    in_question = f"""q.state = 'open' AND q.purpose = 'production' AND {ALLOWED}
        AND (%(queue_id)s::text IS NULL OR q.id = %(queue_id)s)"""
    values: dict[str, Any] = {"reviewer": reviewer, "simulated": simulated, "queue_id": queue_id}
    rows = await conn.execute(
        f"""
        SELECT EXISTS (
            SELECT 1 FROM assignment l JOIN review_task t ON t.id = l.task_id
                 JOIN queue q ON q.id = t.queue_id
            WHERE l.state = 'leased' AND l.reviewer <> %(reviewer)s AND t.state = 'open'
              AND {in_question} AND {_NOT_DONE})
        OR EXISTS (
            SELECT 1 FROM queue q, LATERAL (
                SELECT 1 FROM review_task t
                WHERE t.queue_id = q.id AND {_OPEN} AND {_NOT_DONE}
                ORDER BY t.urgency DESC, t.id LIMIT 1) free
            WHERE {in_question}) AS found
        """,
        values,
    )
    row = await rows.fetchone()
    return bool(row and row["found"])
