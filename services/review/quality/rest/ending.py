"""REST of ends."""

from fastapi import APIRouter

from ingot.records import Model
from services.accounts.access import QaLead, Transaction
from services.review.quality import ending as service
from services.review.quality.ending import Ended
from services.review.quality.rest.shared import ERRORS, TaskId
from services.review.quality.voids import Reason
from services.web.problems import responses

router = APIRouter(prefix="/v1", tags=["quality"], responses=ERRORS)


class EndReason(Model):
    """Why nobody else shall be asked."""

    reason: Reason


@router.post("/tasks/{task_id}/end", responses=responses(409))
async def end(task_id: TaskId, conn: Transaction, who: QaLead, why: EndReason) -> Ended:
    """Ask nobody else about a task; without an answer, its item is left out."""
    return await service.end(conn, who, task_id, why.reason)
