"""REST for reviewers, under /v1/review, and their page at /review."""

from pathlib import Path as FilePath
from typing import Annotated

import orjson
from fastapi import APIRouter, HTTPException, Path, Response
from fastapi.responses import FileResponse

from services.ordering.access import Reviewer, Transaction
from services.ordering.problems import responses
from services.review import repository, service
from services.review.schemas import (
    AnswerIn,
    AnswerOut,
    Figures,
    LeaseEnd,
    LeaseRequest,
    Leases,
)

PAGE = FilePath(__file__).parent / "page"
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
_ASSETS = ("review.js", "server.js", "texts.js", "review.css", "icon.svg")
_EMPTY_RETRY_S = {"all_leased": "5", "drained": "30"}

router = APIRouter(prefix="/v1/review", tags=["review"], responses=responses(401, 403, 422, 503))
page = APIRouter(include_in_schema=False)
AssignmentId = Annotated[str, Path(pattern="^asg_[0-9a-f]{32}$")]


@router.post(
    "/leases",
    response_model=Leases,
    status_code=201,
    responses={
        200: {"model": Leases, "description": "Only leases that you hold already"},
        204: {"description": "Nothing to do; Queue-State says why, Retry-After when to ask again"},
    },
)
async def take_leases(conn: Transaction, reviewer: Reviewer, wanted: LeaseRequest) -> Response:
    """Take tasks. What you hold already comes first, so asking again is safe."""
    claimed = await service.claim(conn, reviewer, wanted.max)
    if not claimed.rows:
        state = claimed.queue_state
        headers = {"Queue-State": state, "Retry-After": _EMPTY_RETRY_S[state]}
        return Response(status_code=204, headers=headers)
    content = {
        "assignments": [service.shown(row) for row in claimed.rows],
        "lease_s": repository.LEASE_S,
    }
    status = 201 if claimed.any_new else 200
    return Response(orjson.dumps(content), status, media_type="application/json")


@router.put(
    "/assignments/{assignment_id}/answer",
    response_model=AnswerOut,
    responses=responses(404, 409),
)
async def put_answer(
    assignment_id: AssignmentId, conn: Transaction, reviewer: Reviewer, given: AnswerIn
) -> Response:
    """Answer a task. The same client_event_id again gives the same response again."""
    stored = await service.answer(conn, reviewer, assignment_id, given)
    if stored is None:
        raise _unknown(assignment_id)
    return Response(stored.model_dump_json(), media_type="application/json")


@router.post("/assignments/{assignment_id}/heartbeat", responses=responses(404, 409))
async def beat(assignment_id: AssignmentId, conn: Transaction, reviewer: Reviewer) -> LeaseEnd:
    """Keep a lease while you work on it."""
    expires_at = await service.heartbeat(conn, reviewer, assignment_id)
    if expires_at is None:
        raise _unknown(assignment_id)
    return LeaseEnd(expires_at=expires_at)


@router.post("/assignments/{assignment_id}/release", status_code=204, responses=responses(404, 409))
async def give_back(assignment_id: AssignmentId, conn: Transaction, reviewer: Reviewer) -> None:
    """Give a task back unanswered; it is not offered to you again for a while."""
    if not await service.release(conn, reviewer, assignment_id):
        raise _unknown(assignment_id)


@router.get("/me")
async def my_figures(conn: Transaction, reviewer: Reviewer) -> Figures:
    """Your own numbers."""
    figures = await repository.figures(conn, reviewer.pseudonym)
    return Figures(pseudonym=reviewer.pseudonym, simulated=reviewer.simulated, **figures)


@page.get("/review")
async def review_page() -> FileResponse:
    """The page on which people answer."""
    return _file("index.html")


@page.get("/review/{name}")
async def review_asset(name: str) -> FileResponse:
    """Script, style and icon of the page."""
    if name not in _ASSETS:
        raise HTTPException(404, f"the page has no file {name!r}")
    return _file(name)


def _file(name: str) -> FileResponse:
    headers = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-cache"}
    return FileResponse(PAGE / name, headers=headers)


def _unknown(assignment_id: str) -> HTTPException:
    return HTTPException(404, f"you have no assignment {assignment_id!r}: ask for your leases")
