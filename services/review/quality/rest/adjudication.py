"""REST of adjudication."""

from fastapi import APIRouter

from ingot.records import Model
from services.accounts.access import Adjudicator, Staff, Transaction
from services.review.quality import adjudication as service
from services.review.quality.adjudication import Decision, TaskView, Verdict, Waiting
from services.review.quality.queue_repository import find_queue
from services.review.quality.rest.shared import ERRORS, After, Limit, TaskId
from services.review.queue.ids import QueueId
from services.web.problems import responses

router = APIRouter(prefix="/v1", tags=["adjudication"], responses=ERRORS)


class WaitingTasks(Model):
    """Tasks that wait for an adjudicator."""

    data: tuple[Waiting, ...]


@router.get("/queues/{queue_id}/adjudications")
async def list_waiting(
    queue_id: QueueId, conn: Transaction, who: Staff, after: After = "", limit: Limit = 50
) -> WaitingTasks:
    """Tasks on which reviewers disagree, oldest first."""
    queue = await find_queue(conn, who.tenant_id, queue_id)
    return WaitingTasks(
        data=await service.list_waiting(conn, queue["id"], after=after, limit=limit)
    )


@router.get("/tasks/{task_id}")
async def view_task(task_id: TaskId, conn: Transaction, who: Staff) -> TaskView:
    """A task with all its answers, in the canonical order; names only for a QA lead."""
    return await service.view_task(conn, who, task_id)


@router.post("/tasks/{task_id}/adjudicate", status_code=201, responses=responses(409))
async def adjudicate(
    task_id: TaskId, conn: Transaction, who: Adjudicator, verdict: Verdict
) -> Decision:
    """Decide a task, and say why people disagreed."""
    return await service.adjudicate(conn, who, task_id, verdict)
