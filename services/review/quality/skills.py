"""Qualifications: who may work in a queue that asks for a skill.

A training queue grants its skill to those who pass; a QA lead may grant, renew and revoke by hand.
"""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from ingot.errors import ReviewError
from ingot.records import Model
from services.database import trail
from services.database.pool import Connection
from services.review.quality import skills_repository as repository
from services.review.quality.faults import unknown

Skill = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
Pseudonym = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")]


class Qualification(Model):
    """A skill that a reviewer has, or had."""

    reviewer: str
    skill: str
    granted_by: str
    """A person, or the training queue that was passed."""
    score: float | None
    """Share of right answers with which it was passed; None where a person granted it."""
    granted_at: datetime
    expires_at: datetime | None
    valid: bool
    """False once it expired."""


class Grant(Model):
    """A skill to give to a reviewer, or to renew."""

    reviewer: Pseudonym
    skill: Skill
    expires_at: Annotated[AwareDatetime, Field(lt=_LATEST)] | None = None


async def list_skills(
    conn: Connection,
    reviewer: str | None = None,
    skill: str | None = None,
    *,
    after: tuple[str, str] = ("", ""),
    limit: int = 200,
) -> tuple[Qualification, ...]:
    """Qualifications by skill and reviewer, after the pair (skill, reviewer)."""
    rows = await repository.find(conn, reviewer, skill, after, limit)
    return tuple(Qualification(**row) for row in rows)


async def grant(conn: Connection, by: str, given: Grant) -> Qualification:
    """Give or renew a skill; raises Unknown for a strange reviewer."""
    if given.expires_at is not None and given.expires_at <= datetime.now(UTC):
        raise ReviewError(f"expires_at {given.expires_at} is over: name a time to come")
    row = await repository.grant(conn, given.reviewer, given.skill, by, given.expires_at)
    if row is None:
        unknown("reviewer", given.reviewer)
    detail = {"skill": given.skill, "expires_at": given.expires_at and str(given.expires_at)}
    await trail.audit(conn, by, "skill.granted", given.reviewer, detail)
    return Qualification(**row)


async def revoke(conn: Connection, by: str, reviewer: str, skill: str) -> None:
    """Take a skill away; raises Unknown where the reviewer has not got it."""
    if not await repository.revoke(conn, reviewer, skill):
        unknown("qualification", f"{reviewer}/{skill}")
    await trail.audit(conn, by, "skill.revoked", reviewer, {"skill": skill})
