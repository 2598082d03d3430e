"""REST of leases: over all queues, and of one."""

from typing import Any

import orjson
from fastapi import APIRouter, Response

from services.accounts.access import Reviewer, Transaction
from services.review.queue import claims
from services.review.queue.ids import QueueId
from services.review.queue.schemas import LeaseRequest, Leases
from services.review.queue.showing import shown
from services.web.problems import responses

_RETRY_S = {"all_leased": "5", "drained": "30", "paused": "60", "closed": "3600"}
_REPLIES: dict[int | str, dict[str, Any]] = {
    200: {"model": Leases, "description": "Only leases that you hold already"},
    204: {"description": "Nothing to do; Queue-State says why, Retry-After when to ask again"},
}

router = APIRouter(prefix="/v1", tags=["review"], responses=responses(401, 403, 422, 503))


@router.post("/leases", response_model=Leases, status_code=201, responses=_REPLIES)
async def take_leases(conn: Transaction, reviewer: Reviewer, wanted: LeaseRequest) -> Response:
    """Take tasks of all your queues. What you hold comes first, so asking again is safe."""
    return _reply(await claims.claim(conn, reviewer, wanted.max), wanted)


@router.post(
    "/queues/{queue_id}/leases",
    response_model=Leases,
    status_code=201,
    responses=_REPLIES | responses(404),
)
async def take_leases_of_queue(
    queue_id: QueueId, conn: Transaction, reviewer: Reviewer, wanted: LeaseRequest
) -> Response:
    """Take tasks of one queue. What you hold of it comes first, so asking again is safe."""
    return _reply(await claims.claim(conn, reviewer, wanted.max, queue_id), wanted)


def _reply(claimed: claims.Claimed, wanted: LeaseRequest) -> Response:
    if not claimed.rows:
        state = claimed.queue_state
        return Response(
            status_code=204, headers={"Queue-State": state, "Retry-After": _RETRY_S[state]}
        )
    content = {
        "assignments": [shown(row, html=wanted.html) for row in claimed.rows],
        "lease_s": min(row["lease_s"] for row in claimed.rows),
    }
    status = 201 if claimed.any_new else 200
    return Response(orjson.dumps(content), status, media_type="application/json")
