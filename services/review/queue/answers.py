"""Answers: taken by ownership, not by time; never refused for being late, never counted twice."""

from typing import Any

import psycopg
from psycopg.types.json import Json

from ingot.errors import ReviewError
from services.accounts.keys import Principal
from services.database.pool import Connection, Row
from services.review.evidence.answers import has_text
from services.review.evidence.service import after_answer
from services.review.kinds import KINDS, AnswerFault
from services.review.quality.guidelines_repository import STALE
from services.review.queue import answers_repository as repository
from services.review.queue import closing, gold, training
from services.review.queue.schemas import AnswerIn, AnswerOut, Feedback
from services.review.queue.showing import rules


async def answer(
    conn: Connection, reviewer: Principal, assignment_id: str, given: AnswerIn
) -> AnswerOut | None:
    """Store an answer in the canonical order; None where the reviewer has no such assignment.

    While the task has a free slot, an answer counts, however late; else it is surplus: stored and
    paid. The same event again gives the same reply. Another event is a revision, as long as the
    batch is where it was when it asked. Raises AnswerFault where it does not fit the rubric, and
    ReviewError where it cannot be taken any more.
    """
    assignment = await repository.lock(conn, assignment_id, reviewer.pseudonym)
    if assignment is None:
        return None
    if assignment["state"] not in ("submitted", "surplus", "voided"):
        return await _first(conn, assignment, reviewer, given)
    stored = await repository.response(conn, assignment_id, given.client_event_id)
    if stored is None:
        return await _revise(conn, assignment, reviewer, given)
    feedback = await _feedback(conn, assignment, reviewer)
    return _reply(assignment, stored, counts=assignment["state"] == "submitted", feedback=feedback)


async def _first(
    conn: Connection, assignment: Row, reviewer: Principal, given: AnswerIn
) -> AnswerOut:
    canonical = _read(assignment, given)
    is_gold = assignment["asked_for"] == "gold"
    state, reason = await _place(conn, assignment, reviewer)
    counts = state == "submitted"
    fields = _fields(assignment, reviewer, given, canonical, "answer.given") | {
        "state": state,
        "reason": reason,
        "counts": counts and not is_gold,
        "pay_minor": assignment["pay_minor"],
        "currency": assignment["currency"],
    }
    try:
        stored = await repository.store(conn, fields)
    except psycopg.errors.UniqueViolation as error:
        raise _used_before() from error
    await _look_at(conn, assignment, canonical, given)
    if is_gold:
        await gold.mark(conn, assignment, canonical)
    elif stored["answers_needed"] == 0:
        await closing.settle(conn, assignment)
    feedback = await _feedback(conn, assignment, reviewer)
    if feedback and feedback.passed and feedback.score is not None:
        await training.grant(conn, assignment, reviewer.pseudonym, feedback.score)
    return _reply(assignment, stored, counts=counts, feedback=feedback)


async def _revise(
    conn: Connection, assignment: Row, reviewer: Principal, given: AnswerIn
) -> AnswerOut:
    if assignment["state"] == "voided":
        raise ReviewError("this answer was voided and cannot be changed: take the next task")
    if assignment["purpose"] == "training":
        raise ReviewError("you have seen what was expected: take the next task")
    if not await closing.may_change(conn, assignment):
        raise ReviewError("the work has moved on and your answer stands: take the next task")
    canonical = _read(assignment, given)
    fields = _fields(assignment, reviewer, given, canonical, "answer.revised")
    try:
        stored = await repository.revise(conn, fields)
    except psycopg.errors.UniqueViolation as error:
        raise _used_before() from error
    await _look_at(conn, assignment, canonical, given)
    if assignment["asked_for"] == "gold":
        await gold.mark(conn, assignment, canonical)
    elif assignment["state"] == "submitted":
        await closing.revised(conn, assignment)
    return _reply(assignment, stored, counts=assignment["state"] == "submitted")


def _read(assignment: Row, given: AnswerIn) -> dict[str, Any]:
    """The answer in the canonical order, if it fits the rubric that the reviewer saw."""
    kind, item = KINDS[assignment["kind"]], assignment["payload"]
    rubric = rules(assignment["kind"], assignment["rubric"]).rubric
    try:
        on_screen = kind.read_answer(given.answer, item, rubric)
    except AnswerFault as fault:
        raise AnswerFault(f"/answer{fault.pointer}", fault.detail) from None
    return kind.canonical(on_screen, item, assignment["presented"])


async def _place(conn: Connection, assignment: Row, reviewer: Principal) -> tuple[str, str]:
    """State and reason of an assignment that is answered.

    After a lost lease its slot is taken again, and what else they hold of the task makes way.
    """
    if assignment["state"] == "leased":
        return "submitted", ""
    if assignment["outdated"] or assignment["reason"] == STALE:
        return "surplus", STALE
    task_id = assignment["task_id"]
    await repository.withdraw_others(conn, task_id, reviewer.pseudonym, assignment["id"])
    is_gold = assignment["asked_for"] == "gold"
    counts = is_gold or await repository.retake_slot(conn, task_id)
    return ("submitted" if counts else "surplus"), ""


def _fields(
    assignment: Row, reviewer: Principal, given: AnswerIn, canonical: dict[str, Any], action: str
) -> dict[str, Any]:
    return {
        "id": assignment["id"],
        "client_event_id": given.client_event_id,
        "label": KINDS[assignment["kind"]].label(canonical),
        "answer": Json(canonical),
        "comment": given.comment,
        "simulated": reviewer.simulated,
        "active_ms": given.active_ms,
        "writing": given.writing and Json(given.writing.model_dump()),
        "action": action,
    }


async def _look_at(
    conn: Connection, assignment: Row, canonical: dict[str, Any], given: AnswerIn
) -> None:
    """Have evidence sought in texts, before the batch is locked, which others wait for."""
    if has_text(assignment["kind"], canonical, given.comment):
        await after_answer(conn, assignment["id"])


async def _feedback(conn: Connection, assignment: Row, reviewer: Principal) -> Feedback | None:
    if assignment["purpose"] != "training":
        return None
    return await training.feedback(conn, assignment, reviewer.pseudonym)


def _used_before() -> ReviewError:
    return ReviewError(
        "client_event_id was used before, or you answered this task under a newer assignment: "
        "ask for your leases, and send what is not stored yet with a fresh client_event_id"
    )


def _reply(
    assignment: Row, stored: Row, *, counts: bool, feedback: Feedback | None = None
) -> AnswerOut:
    return AnswerOut(
        assignment_id=assignment["id"],
        revision=stored["revision"],
        counted=counts,
        answered_at=stored["answered_at"],
        feedback=feedback,
    )
