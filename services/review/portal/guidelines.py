"""Guidelines: read by everyone, compared version by version, written by QA leads."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from ingot.errors import ReviewError
from services.accounts.access import Member, QaLead, Transaction
from services.accounts.keys import Principal
from services.database.pool import Connection, Row
from services.review.kinds import KINDS, RubricFault
from services.review.portal.forms import Form, FormFields, faults_of
from services.review.portal.pages import show
from services.review.quality import guidelines
from services.review.quality.queue_repository import find_any_queue, find_queue

QueueId = Annotated[str, Path(pattern="^que_[0-9a-f]{32}$")]
N = Annotated[int, Query(ge=0, le=1_000_000)]
router = APIRouter(prefix="/portal/queues/{queue_id}/guidelines")


@dataclass(slots=True)
class Draft:
    """A version as it stands in the editor, right or wrong."""

    body: str
    rubric: str
    change_note: str = ""
    breaking: bool = False
    based_on: int = 1
    wrong: dict[str, str] = field(default_factory=dict)


@router.get("")
async def read(
    request: Request, conn: Transaction, me: Member, queue_id: QueueId, n: N = 0, since: N = 0
) -> HTMLResponse:
    """One version, the newest unless named, and what changed `since` an older one."""
    queue = await find_any_queue(conn, queue_id)
    versions = await guidelines.list_versions(conn, queue_id)
    version = await guidelines.find_version(conn, queue_id, n or versions[0].n)
    changed = await guidelines.compare(conn, queue, since, version.n) if since else None
    return show(
        request,
        "guideline.html",
        me,
        queue=queue,
        version=version,
        versions=versions,
        changed=changed,
        rubric=KINDS[queue["kind"]].read_rubric(version.rubric),
    )


@router.get("/edit")
async def edit(request: Request, conn: Transaction, me: QaLead, queue_id: QueueId) -> HTMLResponse:
    """The newest version in the editor."""
    queue = await find_queue(conn, me.tenant_id, queue_id)
    version = await guidelines.find_version(conn, queue_id, queue["guideline_n"])
    rubric = KINDS[queue["kind"]].read_rubric(version.rubric).model_dump(mode="json")
    draft = Draft(version.body, _indented(rubric), based_on=version.n)
    return _editor(request, me, queue, draft)


@router.post("/preview")
async def preview(
    request: Request, me: QaLead, queue_id: QueueId, form: FormFields
) -> HTMLResponse:
    """The text as reviewers will see it."""
    return show(request, "preview.html", me, body=form.text("body")[:100_000])


@router.post("/edit")
async def publish(
    request: Request, conn: Transaction, me: QaLead, queue_id: QueueId, form: FormFields
) -> Response:
    """Publish, or show the draft again with a preview or with what is wrong."""
    queue = await find_queue(conn, me.tenant_id, queue_id, lock=True)
    draft = _draft(form, queue)
    if form.text("act") == "publish":
        published = await _publish(conn, me, queue, draft)
        if published is not None:
            place = f"/portal/queues/{queue_id}/guidelines?since={published.n - 1}"
            return RedirectResponse(place, 303)
    return _editor(request, me, queue, draft)


async def _publish(
    conn: Connection, me: Principal, queue: Row, draft: Draft
) -> guidelines.Published | None:
    """None where something is wrong, which the draft then says."""
    try:
        rubric = _object(draft.rubric)
        values = asdict(draft) | {"rubric": rubric}
        new = guidelines.NewVersion.model_validate(
            {name: values[name] for name in guidelines.NewVersion.model_fields}
        )
        async with conn.transaction():
            return await guidelines.publish(conn, me.name, queue, new)
    except ValidationError as error:
        draft.wrong = faults_of(error)
    except RubricFault as fault:
        draft.wrong = {"rubric": str(fault)}
    except ReviewError as error:
        draft.wrong = {"": str(error)}
    return None


def _draft(form: Form, queue: Row) -> Draft:
    based_on = form.text("based_on")
    return Draft(
        body=form.text("body"),
        rubric=form.text("rubric"),
        change_note=form.text("change_note"),
        breaking=form.text("breaking") == "yes",
        based_on=int(based_on) if based_on.isdecimal() and len(based_on) < 8 else 1,
    )


def _editor(request: Request, me: Principal, queue: Row, draft: Draft) -> HTMLResponse:
    status = 422 if draft.wrong else 200
    return show(request, "guideline_edit.html", me, status=status, queue=queue, draft=draft)


def _object(text: str) -> Mapping[str, object]:
    try:
        found = orjson.loads(text or "{}")
    except orjson.JSONDecodeError as error:
        raise RubricFault("", f"this is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise RubricFault("", "this is JSON, but no object: begin with { and end with }")
    return found


def _indented(rubric: object) -> str:
    return orjson.dumps(rubric, option=orjson.OPT_INDENT_2).decode()
