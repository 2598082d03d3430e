"""A guideline as the review app shows it."""

from fastapi import APIRouter

from ingot.records import Model
from services.accounts.access import Member, Transaction
from services.review.kinds.rendering import render
from services.review.quality.guidelines import Version
from services.review.quality.rest.guidelines import read_version
from services.review.quality.rest.shared import GuidelineN
from services.review.queue.ids import QueueId

router = APIRouter()


class Shown(Model):
    """A version and its text as safe HTML."""

    version: Version
    html: str


@router.get("/v1/queues/{queue_id}/guidelines/{n}/shown")
async def show_version(queue_id: QueueId, n: GuidelineN, conn: Transaction, who: Member) -> Shown:
    """One version, ready to be shown."""
    version = await read_version(queue_id, n, conn, who)
    return Shown(version=version, html=render(version.body))
