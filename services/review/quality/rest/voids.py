"""REST of voids by two persons."""

from fastapi import APIRouter

from ingot.records import Model
from services.accounts.access import QaLead, Transaction
from services.review.quality import voids as service
from services.review.quality.rest.shared import ERRORS, After, Limit
from services.review.quality.voids import OpenVoid, Reason, VoidRequest
from services.review.queue.ids import AssignmentId
from services.web.problems import responses

router = APIRouter(prefix="/v1", tags=["quality"], responses=ERRORS)


class VoidReason(Model):
    """Why an answer shall not count; its reviewer reads it."""

    reason: Reason


class VoidDecision(Model):
    """What the second person says."""

    confirm: bool


class OpenVoids(Model):
    """What waits for a second person."""

    data: tuple[OpenVoid, ...]


@router.get("/voids")
async def list_open(
    conn: Transaction, who: QaLead, after: After = "", limit: Limit = 50
) -> OpenVoids:
    """Requests that wait for a second person."""
    data = await service.list_open(conn, who.tenant_id, after=after, limit=limit)
    return OpenVoids(data=data)


@router.post("/assignments/{assignment_id}/void", status_code=201, responses=responses(409))
async def ask(
    assignment_id: AssignmentId, conn: Transaction, who: QaLead, why: VoidReason
) -> VoidRequest:
    """Ask that an answer shall not count."""
    return await service.ask(conn, who, assignment_id, why.reason)


@router.post("/assignments/{assignment_id}/void/confirm", responses=responses(409))
async def decide(
    assignment_id: AssignmentId, conn: Transaction, who: QaLead, decision: VoidDecision
) -> VoidRequest:
    """Confirm or decline what another person asked."""
    return await service.decide(conn, who, assignment_id, decision.confirm)
