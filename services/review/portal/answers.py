"""One answer before a QA lead: what was said, the evidence, the ways to a void and to an end."""

from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import TypeAdapter, ValidationError

from ingot.errors import ReviewError
from services.database.pool import Connection, Row
from services.ordering.access import QaLead, Transaction
from services.ordering.keys import Principal
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
router = APIRouter(prefix="/portal/quality")


@router.get("/answers/{answer_id}")
async def view_answer(
    request: Request, conn: Transaction, me: QaLead, answer_id: AnswerId
) -> HTMLResponse:
    """An answer with its flags."""
    return await _page(request, conn, me, answer_id, Form([]), {})


@router.post("/answers/{answer_id}/flags/{flag_id}")
async def resolve_flag(
    request: Request,
    conn: Transaction,
    me: QaLead,
    answer_id: AnswerId,
    flag_id: FlagId,
    form: FormFields,
) -> Response:
    """Uphold or dismiss a flag."""
    try:
        note = _NOTE.validate_python(form.text("note"))
        async with conn.transaction():
            await flags.resolve(conn, me, flag_id, form.text("decision") == "uphold", note)
    except ValidationError:
        return await _page(
            request, conn, me, answer_id, form, {flag_id: "at most 2,000 characters"}
        )
    except ReviewError as error:
        return await _page(request, conn, me, answer_id, form, {"": str(error)})
    return RedirectResponse(f"/portal/quality/answers/{answer_id}", 303)


@router.post("/answers/{answer_id}/void")
async def ask_void(
    request: Request, conn: Transaction, me: QaLead, answer_id: AnswerId, form: FormFields
) -> Response:
    """Ask that the answer no longer counts; a second person has to confirm it."""
    try:
        reason = _REASON.validate_python(form.text("reason").strip())
        async with conn.transaction():
            await voids.ask(conn, me, answer_id, reason)
    except ValidationError:
        wrong = {"reason": "say why, in at most 2,000 characters"}
        return await _page(request, conn, me, answer_id, form, wrong)
    except ReviewError as error:
        return await _page(request, conn, me, answer_id, form, {"": str(error)})
    return RedirectResponse(f"/portal/quality/answers/{answer_id}", 303)


@router.post("/answers/{answer_id}/void/decision")
async def decide_void(
    request: Request, conn: Transaction, me: QaLead, answer_id: AnswerId, form: FormFields
) -> Response:
    """Confirm or decline as the second person."""
    try:
        async with conn.transaction():
            await voids.decide(conn, me, answer_id, form.text("decision") == "confirm")
    except ReviewError as error:
        return await _page(request, conn, me, answer_id, form, {"": str(error)})
    return RedirectResponse(f"/portal/quality/answers/{answer_id}", 303)


@router.post("/answers/{answer_id}/end")
async def end_task(
    request: Request, conn: Transaction, me: QaLead, answer_id: AnswerId, form: FormFields
) -> Response:
    """Ask nobody else about the task."""
    try:
        why = _REASON.validate_python(form.text("why").strip())
        task_id = (await _found(conn, me, answer_id))["task_id"]
        async with conn.transaction():
            await ending.end(conn, me, task_id, why)
    except ValidationError:
        wrong = {"why": "say why, in at most 2,000 characters"}
        return await _page(request, conn, me, answer_id, form, wrong)
    except ReviewError as error:
        return await _page(request, conn, me, answer_id, form, {"": str(error)})
    return RedirectResponse(f"/portal/quality/answers/{answer_id}", 303)


async def _found(conn: Connection, me: Principal, answer_id: str) -> Row:
    answer = await repository.answer(conn, me.tenant_id, answer_id)
    if answer is None:
        raise HTTPException(404, f"there is no answer {answer_id!r}: check the address")
    return answer


async def _page(
    request: Request,
    conn: Connection,
    me: Principal,
    answer_id: str,
    form: Form,
    wrong: dict[str, str],
) -> HTMLResponse:
    answer = await _found(conn, me, answer_id)
    found = await repository.flags_on(conn, answer_id)
    return show(
        request,
        "answer.html",
        me,
        status=422 if wrong else 200,
        answer=answer,
        said=None if answer["answer"] is None else sayings.say(answer["kind"], answer["answer"]),
        flags=[{**flag, "told": explain(flag["rule"], flag["measured"])} for flag in found],
        void=await find_void(conn, answer_id),
        form=form,
        wrong=wrong,
    )
