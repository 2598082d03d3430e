"""What reviewers disagree on: their answers side by side without names, and the decision."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from ingot.errors import ReviewError
from services.accounts.access import Adjudicator, Staff, Transaction
from services.accounts.keys import Principal
from services.database.pool import Connection
from services.review.kinds import AnswerFault, Rubric
from services.review.portal import repository, sayings
from services.review.portal.forms import Form, FormFields, faults_of
from services.review.portal.pages import show
from services.review.quality import adjudication
from services.review.quality.adjudication import TaskView, Verdict

TaskId = Annotated[str, Path(pattern="^rvt_[0-9a-f]{32}$")]
_LISTED = 20
router = APIRouter(prefix="/portal/adjudication")


@router.get("")
async def list_tasks(request: Request, conn: Transaction, me: Staff) -> HTMLResponse:
    """What waits in each queue, and why people disagreed before."""
    queues = await repository.adjudicating(conn, me.tenant_id)
    listed = [
        {
            **queue,
            "tasks": await adjudication.list_waiting(conn, queue["id"], limit=_LISTED),
            "causes": await adjudication.list_causes(conn, queue["id"]),
        }
        for queue in queues
    ]
    return show(request, "adjudication.html", me, queues=listed)


@router.get("/{task_id}")
async def view_task(
    request: Request, conn: Transaction, me: Staff, task_id: TaskId
) -> HTMLResponse:
    """One task with all that was said of it."""
    return await _page(request, conn, me, task_id, Form([]), {})


@router.post("/{task_id}")
async def decide(
    request: Request, conn: Transaction, me: Adjudicator, task_id: TaskId, form: FormFields
) -> Response:
    """Decide, and go on to the queue's next; or the form again with what is wrong."""
    task = await adjudication.view_task(conn, me, task_id)
    try:
        values = {"answer": _chosen(form, task), "cause": form.text("cause") or None}
        verdict = Verdict.model_validate(values | {"note": form.text("note")})
        async with conn.transaction():
            await adjudication.adjudicate(conn, me, task_id, verdict)
    except ValidationError as error:
        wrong = faults_of(error) | ({} if form.text("cause") else {"cause": "choose a cause"})
        return await _page(request, conn, me, task_id, form, wrong)
    except AnswerFault as fault:
        return await _page(request, conn, me, task_id, form, {"answer": str(fault)})
    except ReviewError as error:
        return await _page(request, conn, me, task_id, form, {"": str(error)})
    waiting = await adjudication.list_waiting(conn, task.queue_id, limit=1)
    place = f"/{waiting[0].task_id}" if waiting else ""
    return RedirectResponse(f"/portal/adjudication{place}", 303)


def _chosen(form: Form, task: TaskView) -> dict[str, Any]:
    """The adopted answer, one from the list, or the one that was written."""
    choice = form.text("choice")
    if choice == "other":
        return _written(form.text("ready") or form.text("written"))
    given = {str(answer.number): answer.answer for answer in task.answers}
    if choice not in given:
        raise AnswerFault("", "choose one of the answers, or give another")
    return given[choice]


def _written(text: str) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise AnswerFault("", f"the other answer is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise AnswerFault("", "the other answer is JSON, but no object: begin with {")
    return found


async def _page(
    request: Request,
    conn: Connection,
    me: Principal,
    task_id: str,
    form: Form,
    wrong: dict[str, str],
) -> HTMLResponse:
    task = await adjudication.view_task(conn, me, task_id)
    first = task.answers[0].answer if task.answers else {}
    ready = sayings.choices(task.kind, Rubric.model_validate(task.rubric))
    return show(
        request,
        "adjudicate.html",
        me,
        status=422 if wrong else 200,
        task=task,
        said={answer.number: sayings.say(task.kind, answer.answer) for answer in task.answers},
        decided=sayings.say(task.kind, task.decision.answer) if task.decision else [],
        ready=[(words, orjson.dumps(answer).decode()) for words, answer in ready],
        deciding=task.state == "adjudicating" and "adjudicator" in me.roles,
        example=orjson.dumps(first, option=orjson.OPT_INDENT_2).decode(),
        form=form,
        wrong=wrong,
    )
