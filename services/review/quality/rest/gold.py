"""REST of gold: tasks whose answer is known."""

from fastapi import APIRouter

from ingot.records import Model
from services.accounts.access import QaLead, Transaction
from services.review.quality import gold as service
from services.review.quality.gold import Gold, NewGold
from services.review.quality.queue_repository import find_queue
from services.review.quality.rest.shared import ERRORS, After, Limit, TaskId
from services.review.queue.ids import QueueId
from services.web.problems import responses

router = APIRouter(prefix="/v1/queues/{queue_id}/gold", tags=["quality"], responses=ERRORS)


class GoldList(Model):
    """Gold of a queue."""

    data: tuple[Gold, ...]


class GoldAdded(Model):
    """A new gold task."""

    task_id: str


class GoldChange(Model):
    """Whether gold is given out."""

    active: bool


@router.get("")
async def list_gold(
    queue_id: QueueId, conn: Transaction, who: QaLead, after: After = "", limit: Limit = 200
) -> GoldList:
    """Gold, oldest first, with how people fare with it."""
    queue = await find_queue(conn, who.tenant_id, queue_id)
    return GoldList(data=await service.list_gold(conn, queue["id"], after=after, limit=limit))


@router.post("", status_code=201, responses=responses(409))
async def add_gold(queue_id: QueueId, conn: Transaction, who: QaLead, new: NewGold) -> GoldAdded:
    """Add gold from an item, from an adjudicated task, or from a reviewer's right answer."""
    queue = await find_queue(conn, who.tenant_id, queue_id)
    return GoldAdded(task_id=await service.add_gold(conn, who.name, queue, new))


@router.patch("/{task_id}", status_code=204)
async def use_gold(
    queue_id: QueueId, task_id: TaskId, conn: Transaction, who: QaLead, change: GoldChange
) -> None:
    """Retire gold, or give it out again. Results that are there stay."""
    queue = await find_queue(conn, who.tenant_id, queue_id)
    await service.use_gold(conn, who.name, queue, task_id, change.active)
