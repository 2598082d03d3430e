"""The SQL of qualifications."""

from datetime import datetime

from services.database.pool import Connection, Row

_COLUMNS = (
    "reviewer, skill, granted_by, score, granted_at, expires_at, "
    "coalesce(expires_at > now(), true) AS valid"
)


async def find(
    conn: Connection, reviewer: str | None, skill: str | None, after: tuple[str, str], limit: int
) -> list[Row]:
    """Qualifications by skill and reviewer, those after (skill, reviewer)."""
    rows = await conn.execute(
        f"SELECT {_COLUMNS} FROM qualification "
        "WHERE (%(reviewer)s::text IS NULL OR reviewer = %(reviewer)s) "
        "AND (%(skill)s::text IS NULL OR skill = %(skill)s) "
        "AND (skill, reviewer) > (%(after_skill)s, %(after_reviewer)s) "
        "ORDER BY skill, reviewer LIMIT %(limit)s",
        {
            "reviewer": reviewer,
            "skill": skill,
            "after_skill": after[0],
            "after_reviewer": after[1],
            "limit": limit,
        },
    )
    return await rows.fetchall()


async def grant(
    conn: Connection, reviewer: str, skill: str, by: str, expires_at: datetime | None
) -> Row | None:
    """Give or renew a skill; None where there is no such reviewer."""
    rows = await conn.execute(
        "INSERT INTO qualification (reviewer, skill, granted_by, expires_at) "
        "SELECT pseudonym, %(skill)s, %(by)s, %(expires_at)s FROM reviewer "
        "WHERE pseudonym = %(reviewer)s "
        "ON CONFLICT (reviewer, skill) DO UPDATE SET granted_by = excluded.granted_by, "
        "score = NULL, granted_at = now(), expires_at = excluded.expires_at "
        f"RETURNING {_COLUMNS}",
        {"reviewer": reviewer, "skill": skill, "by": by, "expires_at": expires_at},
    )
    return await rows.fetchone()


async def revoke(conn: Connection, reviewer: str, skill: str) -> bool:
    """Take a skill away; False where the reviewer has not got it."""
    done = await conn.execute(
        "DELETE FROM qualification WHERE reviewer = %s AND skill = %s", (reviewer, skill)
    )
    return done.rowcount == 1
