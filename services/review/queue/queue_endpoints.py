"""REST of queues: list, make, change."""

from fastapi import APIRouter, HTTPException

from services.accounts.access import Member, QueueMaker, Transaction
from services.review.queue import queues
from services.review.queue.ids import QueueId
from services.review.queue.queue_schemas import NewQueue, QueueChange, QueueOut, Queues, QueueTerms
from services.web.problems import responses

router = APIRouter(prefix="/v1/queues", tags=["review"], responses=responses(401, 403, 422, 503))


@router.get("")
async def list_queues(conn: Transaction, who: Member) -> Queues:
    """The queues in which you may work; to those who do not answer tasks, all of their tenant."""
    return Queues(data=tuple(QueueOut(**row) for row in await queues.visible(conn, who)))


@router.post("", status_code=201, responses=responses(409))
async def make_queue(conn: Transaction, who: QueueMaker, wanted: NewQueue) -> QueueTerms:
    """Make a queue and the first version of its guideline."""
    return QueueTerms(**await queues.make(conn, who, wanted))


@router.patch("/{queue_id}", responses=responses(404, 409))
async def change_queue(
    queue_id: QueueId, conn: Transaction, who: QueueMaker, wanted: QueueChange
) -> QueueTerms:
    """Pause, open or close a queue, or change its other terms."""
    row = await queues.change(conn, who, queue_id, wanted)
    if row is None:
        raise HTTPException(404, f"you have no queue {queue_id!r}: GET /v1/queues lists them")
    return QueueTerms(**row)
