"""The SQL of what reviewers see of themselves."""

from typing import Any

from psycopg.types.json import Jsonb

from services.database.pool import Connection, Row


async def figures(conn: Connection, reviewer: str) -> Row:
    """What a reviewer did since midnight UTC, what waits for everybody, and their settings."""
    rows = await conn.execute(
        "SELECT (SELECT count(*) FROM assignment WHERE reviewer = %(who)s "
        "AND state IN ('submitted', 'surplus', 'voided') "
        "AND ended_at >= date_trunc('day', now(), 'UTC')) AS answered_today, "
        "(SELECT coalesce(sum(tasks_open), 0)::int FROM batch WHERE tasks_open > 0) "
        "+ (SELECT count(*)::int FROM review_task WHERE batch_id IS NULL AND state = 'open') "
        "AS tasks_open, "
        "coalesce((SELECT settings FROM account WHERE pseudonym = %(who)s), '{}') AS settings",
        {"who": reviewer},
    )
    row = await rows.fetchone()
    assert row is not None
    return row


async def save_settings(conn: Connection, reviewer: str, settings: dict[str, Any]) -> bool:
    """Replace a person's settings; False where the reviewer has no account."""
    done = await conn.execute(
        "UPDATE account SET settings = %s WHERE pseudonym = %s", (Jsonb(settings), reviewer)
    )
    return done.rowcount == 1
