"""REST of one assignment: see it, draft, answer, keep, give back, skip, flag."""

from typing import TypeVar

import orjson
from fastapi import APIRouter, HTTPException, Response

from services.accounts.access import Reviewer, Transaction
from services.review.queue import answers, holding, showing_repository
from services.review.queue.ids import AssignmentId
from services.review.queue.schemas import (
    AnswerIn,
    AnswerOut,
    AssignmentOut,
    Draft,
    DraftOut,
    FlagIn,
    FlagOut,
    LeaseEnd,
    SkipIn,
)
from services.review.queue.showing import shown
from services.web.problems import responses

T = TypeVar("T")

router = APIRouter(
    prefix="/v1/assignments/{assignment_id}",
    tags=["review"],
    responses=responses(401, 403, 404, 422, 503),
)


@router.get("", response_model=AssignmentOut)
async def get_assignment(
    assignment_id: AssignmentId, conn: Transaction, reviewer: Reviewer, html: bool = False
) -> Response:
    """One of your assignments, with your draft or your answer."""
    row = await showing_repository.one(conn, assignment_id, reviewer.pseudonym)
    content = orjson.dumps(shown(_theirs(row, assignment_id), html=html))
    return Response(content, media_type="application/json")


@router.put("/draft")
async def put_draft(
    assignment_id: AssignmentId, conn: Transaction, reviewer: Reviewer, draft: Draft
) -> DraftOut:
    """Keep an answer in the making; an older one than is there changes nothing."""
    row = await holding.save_draft(conn, reviewer.pseudonym, assignment_id, draft)
    return DraftOut(**_theirs(row, assignment_id))


@router.put("/answer", response_model=AnswerOut, responses=responses(409))
async def put_answer(
    assignment_id: AssignmentId, conn: Transaction, reviewer: Reviewer, given: AnswerIn
) -> Response:
    """Answer a task. The same client_event_id again gives the same response again."""
    stored = await answers.answer(conn, reviewer, assignment_id, given)
    content = _theirs(stored, assignment_id).model_dump_json()
    return Response(content, media_type="application/json")


@router.post("/heartbeat", responses=responses(409))
async def beat(assignment_id: AssignmentId, conn: Transaction, reviewer: Reviewer) -> LeaseEnd:
    """Keep a lease while you work on it."""
    expires_at = await holding.heartbeat(conn, reviewer.pseudonym, assignment_id)
    return LeaseEnd(expires_at=_theirs(expires_at, assignment_id))


@router.post("/release", status_code=204, responses=responses(409))
async def give_back(assignment_id: AssignmentId, conn: Transaction, reviewer: Reviewer) -> None:
    """Give a task back unanswered; it is not offered to you again for a while."""
    done = await holding.release(conn, reviewer.pseudonym, assignment_id)
    _theirs(done or None, assignment_id)


@router.post("/skip", status_code=204, responses=responses(409))
async def skip(
    assignment_id: AssignmentId, conn: Transaction, reviewer: Reviewer, why: SkipIn
) -> None:
    """Leave a task to others; it is not offered to you again."""
    done = await holding.skip(conn, reviewer.pseudonym, assignment_id, why)
    _theirs(done or None, assignment_id)


@router.post("/flag", status_code=201)
async def flag(
    assignment_id: AssignmentId, conn: Transaction, reviewer: Reviewer, what: FlagIn
) -> FlagOut:
    """Tell a QA lead that something is wrong with the task itself."""
    flag_id = await holding.flag(conn, reviewer.pseudonym, assignment_id, what)
    return FlagOut(id=_theirs(flag_id, assignment_id))


def _theirs(found: T | None, assignment_id: str) -> T:
    if found is None:
        raise HTTPException(404, f"you have no assignment {assignment_id!r}: ask for your leases")
    return found
