"""REST of a queue's figures."""

from typing import Annotated

from fastapi import APIRouter, Query

from ingot.records import Model
from services.accounts.access import QaLead, Transaction
from services.review.quality import agreement as agreeing
from services.review.quality import consensus as meaning
from services.review.quality import health as faring
from services.review.quality import reviewers as people
from services.review.quality.agreement import Agreement
from services.review.quality.consensus import Consensus, Method
from services.review.quality.health import Health
from services.review.quality.queue_repository import find_queue
from services.review.quality.rest.shared import ERRORS, After
from services.review.queue.ids import QueueId
from services.web.problems import responses

router = APIRouter(prefix="/v1/queues/{queue_id}", tags=["quality"], responses=ERRORS)


class Reviewers(Model):
    """All who worked in a queue."""

    data: tuple[people.ReviewerFigures, ...]


@router.get("/agreement")
async def agreement(
    queue_id: QueueId,
    conn: Transaction,
    who: QaLead,
    guideline: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> Agreement:
    """How far people agree, under one guideline version or under all; gold left out."""
    queue = await find_queue(conn, who.tenant_id, queue_id)
    return await agreeing.measure(conn, queue, guideline)


@router.get("/consensus", responses=responses(409))
async def consensus(
    queue_id: QueueId,
    conn: Transaction,
    who: QaLead,
    method: Method = "majority",
    after: After = "",
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1_000,
) -> Consensus:
    """What the answers to each task mean together."""
    queue = await find_queue(conn, who.tenant_id, queue_id)
    return await meaning.find(conn, queue, method, after=after, limit=limit)


@router.get("/health")
async def health(queue_id: QueueId, conn: Transaction, who: QaLead) -> Health:
    """How the queue fares."""
    return await faring.look(conn, await find_queue(conn, who.tenant_id, queue_id))


@router.get("/reviewers")
async def reviewers(queue_id: QueueId, conn: Transaction, who: QaLead) -> Reviewers:
    """All who worked in the queue, those with the most answers first."""
    queue = await find_queue(conn, who.tenant_id, queue_id)
    return Reviewers(data=await people.list_reviewers(conn, queue["id"]))
