"""REST of a reviewer's own record."""

from typing import Annotated

from fastapi import APIRouter, Query

from ingot.records import Model
from services.accounts.access import Reviewer, Transaction
from services.review.quality import flags as flagged
from services.review.quality import mine as service
from services.review.quality.flags import MyFlag, MyVoid
from services.review.quality.mine import Ledger, MyStats
from services.review.quality.rest.shared import ERRORS, Limit

router = APIRouter(prefix="/v1/me", tags=["me"], responses=ERRORS)
Before = Annotated[
    str,
    Query(pattern="^(asg_[0-9a-f]{32})?$", description="The last assignment of the page before"),
]


class MyFlags(Model):
    """Evidence on one's own answers, and what was voided."""

    flags: tuple[MyFlag, ...]
    voids: tuple[MyVoid, ...]


@router.get("/stats")
async def stats(conn: Transaction, reviewer: Reviewer) -> MyStats:
    """Your own figures; gold only in a sum."""
    return await service.stats(conn, reviewer.pseudonym)


@router.get("/ledger")
async def ledger(
    conn: Transaction, reviewer: Reviewer, before: Before = "", limit: Limit = 100
) -> Ledger:
    """Your paid work, newest first, by day and in all."""
    return await service.ledger(conn, reviewer.pseudonym, before=before, limit=limit)


@router.get("/flags")
async def flags(conn: Transaction, reviewer: Reviewer) -> MyFlags:
    """What was noticed about your answers, and what came of it."""
    found, voids = await flagged.mine(conn, reviewer.pseudonym)
    return MyFlags(flags=found, voids=voids)
