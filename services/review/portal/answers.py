"""One answer before a QA lead: what was said, the evidence, the ways to a void and to an end."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import TypeAdapter, ValidationError

from ingot.errors import ReviewError
from services.accounts.access import QaLead, Transaction
from services.database.pool import Row
from services.review.evidence.disclosure import explain
from services.review.portal import repository, sayings
from services.review.portal.forms import Form, FormFields
from services.review.portal.pages import show
from services.review.quality import ending, flags, voids
from services.review.quality.voids_repository import request as find_void

AnswerId = Annotated[str, Path(pattern="^asg_[0-9a-f]{32}$")]
FlagId = Annotated[str, Path(pattern="^flg_[0-9a-f]{32}$")]
_NOTE: TypeAdapter[str] = TypeAdapter(flags.Note)
_REASON: TypeAdapter[str] = TypeAdapter(voids.Reason)
_SAY_WHY = "say why, in at most 2,000 characters"
router = APIRouter(prefix="/portal/quality")


@router.get("/answers/{answer_id}")
async def view_answer(
    request: Request, conn: Transaction, me: QaLead, answer_id: AnswerId
) -> HTMLResponse:
    """An answer with its flags."""
    return await _page(_Act(request, conn, me, answer_id, Form([])), {})


@dataclass(frozen=True, slots=True)
class _Act:
    """What a QA lead does about one answer, by a form on its page."""

    request: Request
    conn: Transaction
    me: QaLead
    answer_id: AnswerId
    form: FormFields


Act = Annotated[_Act, Depends()]


@router.post("/answers/{answer_id}/flags/{flag_id}")
async def resolve_flag(act: Act, flag_id: FlagId) -> Response:
    """Uphold or dismiss a flag."""
    try:
        note = _NOTE.validate_python(act.form.text("note"))
    except ValidationError:
        return await _page(act, {flag_id: "at most 2,000 characters"})
    uphold = act.form.text("decision") == "uphold"
    return await _do(act, flags.resolve(act.conn, act.me, flag_id, uphold, note))


@router.post("/answers/{answer_id}/void")
async def ask_void(act: Act) -> Response:
    """Ask that the answer no longer counts; a second person has to confirm it."""
    try:
        reason = _REASON.validate_python(act.form.text("reason").strip())
    except ValidationError:
        return await _page(act, {"reason": _SAY_WHY})
    return await _do(act, voids.ask(act.conn, act.me, act.answer_id, reason))


@router.post("/answers/{answer_id}/void/decision")
async def decide_void(act: Act) -> Response:
    """Confirm or decline as the second person."""
    confirm = act.form.text("decision") == "confirm"
    return await _do(act, voids.decide(act.conn, act.me, act.answer_id, confirm))


@router.post("/answers/{answer_id}/end")
async def end_task(act: Act) -> Response:
    """Ask nobody else about the task."""
    try:
        why = _REASON.validate_python(act.form.text("why").strip())
    except ValidationError:
        return await _page(act, {"why": _SAY_WHY})
    answer = await _found(act)
    return await _do(act, ending.end(act.conn, act.me, answer["task_id"], why))


async def _do(act: _Act, deed: Awaitable[object]) -> Response:
    """Do it whole or not at all, and show the answer as it is then."""
    try:
        async with act.conn.transaction():
            await deed
    except ReviewError as error:
        return await _page(act, {"": str(error)})
    return RedirectResponse(f"/portal/quality/answers/{act.answer_id}", 303)


async def _found(act: _Act) -> Row:
    answer = await repository.answer(act.conn, act.me.tenant_id, act.answer_id)
    if answer is None:
        raise HTTPException(404, f"there is no answer {act.answer_id!r}: check the address")
    return answer


async def _page(act: _Act, wrong: dict[str, str]) -> HTMLResponse:
    answer = await _found(act)
    found = await repository.flags_on(act.conn, act.answer_id)
    return show(
        act.request,
        "answer.html",
        act.me,
        status=422 if wrong else 200,
        answer=answer,
        said=None if answer["answer"] is None else sayings.say(answer["kind"], answer["answer"]),
        flags=[{**flag, "told": explain(flag["rule"], flag["measured"])} for flag in found],
        void=await find_void(act.conn, act.answer_id),
        form=act.form,
        wrong=wrong,
    )
