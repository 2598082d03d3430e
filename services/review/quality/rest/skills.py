"""REST of qualifications."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from ingot.records import Model
from services.accounts.access import QaLead, Transaction
from services.review.quality import skills as service
from services.review.quality.rest.shared import ERRORS, Limit
from services.review.quality.skills import Grant, Qualification
from services.web.problems import responses

router = APIRouter(prefix="/v1/qualifications", tags=["quality"], responses=ERRORS)
_SKILL, _REVIEWER = "^[a-z0-9][a-z0-9_-]{0,62}$", "^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$"


class Qualifications(Model):
    """Skills that reviewers have."""

    data: tuple[Qualification, ...]


@router.get("")
async def list_skills(
    conn: Transaction,
    who: QaLead,
    reviewer: Annotated[str | None, Query(pattern=_REVIEWER)] = None,
    skill: Annotated[str | None, Query(pattern=_SKILL)] = None,
    after_skill: Annotated[str, Query(pattern=r"^[a-z0-9_-]{0,63}$")] = "",
    after_reviewer: Annotated[str, Query(pattern=r"^[A-Za-z0-9_.-]{0,63}$")] = "",
    limit: Limit = 200,
) -> Qualifications:
    """Skills by name and reviewer, expired ones too; the next page is after the last pair."""
    after = (after_skill, after_reviewer)
    found = await service.list_skills(conn, reviewer, skill, after=after, limit=limit)
    return Qualifications(data=found)


@router.post("", status_code=201, responses=responses(409))
async def grant(conn: Transaction, who: QaLead, given: Grant) -> Qualification:
    """Give a reviewer a skill, or renew it."""
    return await service.grant(conn, who.name, given)


@router.delete("/{reviewer}/{skill}", status_code=204)
async def revoke(
    reviewer: Annotated[str, Path(pattern=_REVIEWER)],
    skill: Annotated[str, Path(pattern=_SKILL)],
    conn: Transaction,
    who: QaLead,
) -> None:
    """Take a skill away; what was answered with it stays."""
    await service.revoke(conn, who.name, reviewer, skill)
