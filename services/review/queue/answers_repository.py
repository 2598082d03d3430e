"""The SQL of answers. For the order of locks see `claims_repository`."""

from typing import Any

from services.database.pool import Connection, Row


async def lock(conn: Connection, assignment_id: str, reviewer: str) -> Row | None:
    """A reviewer's assignment with all that an answer to it depends on.

    What comes from other tables than `assignment` hardly ever changes: it may be older than a wait
    for the lock. `outdated`: a breaking guideline came after the one under which it was leased.
    """
    rows = await conn.execute(
        "SELECT a.id, a.task_id, a.state, a.reason, a.presented, a.guideline_n, t.payload, "
        "t.batch_id, t.purpose AS asked_for, q.id AS queue_id, q.kind, q.purpose, "
        "q.state AS queue_state, q.pay_minor, q.currency, q.agree_share, q.max_overlap, "
        "q.adjudicate, q.test_items, q.pass_share, q.grants, g.rubric::text AS rubric, "
        "EXISTS (SELECT 1 FROM guideline b WHERE b.queue_id = q.id AND b.breaking "
        "AND b.n > a.guideline_n) AS outdated "
        "FROM reviewer r JOIN assignment a ON a.reviewer = r.pseudonym "
        "JOIN review_task t ON t.id = a.task_id JOIN queue q ON q.id = t.queue_id "
        "JOIN guideline g ON g.queue_id = q.id AND g.n = a.guideline_n "
        "WHERE a.id = %s AND r.pseudonym = %s FOR NO KEY UPDATE OF r FOR UPDATE OF a",
        (assignment_id, reviewer),
    )
    return await rows.fetchone()


async def response(conn: Connection, assignment_id: str, client_event_id: str) -> Row | None:
    """The `revision` that an event made of an assignment, and when; a statement after the lock."""
    rows = await conn.execute(
        "SELECT revision, answered_at FROM response "
        "WHERE assignment_id = %s AND client_event_id = %s",
        (assignment_id, client_event_id),
    )
    return await rows.fetchone()


async def withdraw_others(conn: Connection, task_id: str, reviewer: str, kept: str) -> None:
    """End what else the reviewer holds or skipped of a task that they answer under an older lease.

    One that is locked is left alone, and the unique index then refuses the answer.
    """
    await conn.execute(
        """
        WITH other AS (
            SELECT id, state FROM assignment
            WHERE task_id = %s AND reviewer = %s AND id <> %s AND state IN ('leased', 'skipped')
            FOR UPDATE SKIP LOCKED),
        ended AS (
            UPDATE assignment a SET state = 'released', ended_at = coalesce(ended_at, now()),
                   reason = 'answered under an older lease'
            FROM other WHERE a.id = other.id RETURNING a.task_id, other.state AS was)
        UPDATE review_task t SET slots_free = slots_free + 1 FROM ended
        WHERE t.id = ended.task_id AND ended.was = 'leased' AND t.state = 'open'
        """,
        (task_id, reviewer, kept),
    )


async def retake_slot(conn: Connection, task_id: str) -> bool:
    """Take a slot of a task again after the lease was lost; False where none is free."""
    done = await conn.execute(
        "UPDATE review_task SET slots_free = slots_free - 1 "
        "WHERE id = %s AND slots_free > 0 AND state = 'open'",
        (task_id,),
    )
    return done.rowcount == 1


_STORED = """stored AS (
    INSERT INTO response (assignment_id, revision, client_event_id, label, answer, comment,
                          guideline_n, simulated, active_ms, writing)
    SELECT id, revision, %(client_event_id)s, %(label)s, %(answer)s, %(comment)s, guideline_n,
           %(simulated)s, %(active_ms)s, %(writing)s
    FROM done RETURNING revision, answered_at),
noted AS (
    INSERT INTO audit_event (actor, action, object_id, detail)
    SELECT reviewer, %(action)s, id, jsonb_build_object('revision', revision, 'state', state)
    FROM done)"""


async def store(conn: Connection, fields: dict[str, Any]) -> Row:
    """Store a first answer, pay it, and count it on its task where it `counts`.

    Gives `revision` and `answered_at`, and where it counts `answers_needed`, how many the task
    still needs.
    """
    rows = await conn.execute(
        f"""
        WITH done AS (
            UPDATE assignment SET state = %(state)s, ended_at = now(), revision = 1,
                   reason = %(reason)s
            WHERE id = %(id)s RETURNING *),
        {_STORED},
        paid AS (
            INSERT INTO work_ledger (assignment_id, reviewer, active_ms, amount_minor, currency)
            SELECT id, reviewer, %(active_ms)s, %(pay_minor)s, %(currency)s FROM done),
        cleared AS (DELETE FROM draft WHERE assignment_id = %(id)s),
        counted AS (
            UPDATE review_task t SET answers_needed = answers_needed - 1,
                   state = CASE WHEN answers_needed = 1 THEN 'done' ELSE t.state END
            FROM done WHERE t.id = done.task_id AND %(counts)s RETURNING t.answers_needed)
        SELECT stored.revision, stored.answered_at, counted.answers_needed
        FROM stored LEFT JOIN counted ON true
        """,
        fields,
    )
    row = await rows.fetchone()
    assert row is not None
    return row


async def revise(conn: Connection, fields: dict[str, Any]) -> Row:
    """Store a further answer of an assignment; from now on it is the one that stands."""
    rows = await conn.execute(
        f"""
        WITH done AS (
            UPDATE assignment SET revision = revision + 1 WHERE id = %(id)s RETURNING *),
        {_STORED},
        cleared AS (DELETE FROM draft WHERE assignment_id = %(id)s)
        SELECT revision, answered_at FROM stored
        """,
        fields,
    )
    row = await rows.fetchone()
    assert row is not None
    return row
