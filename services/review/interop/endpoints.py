"""REST of tasks in bulk: import, export, and how other tools are set up."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response, StreamingResponse

from services.accounts.access import Importer, PoolOfApp, SettingsOfApp
from services.accounts.keys import Principal
from services.database.pool import transaction
from services.files import uploads
from services.review.interop import importing, repository
from services.review.interop.exporting import AT_ONCE, stream
from services.review.interop.formats import (
    IMPORTS,
    ExportName,
    ImportName,
    ToolName,
    export_format,
    tool_settings,
)
from services.review.interop.importing import BadRows, Imported, RowFault
from services.review.interop.jsonl import Line
from services.review.interop.prepare import Answers, Reader
from services.review.interop.shapes import Queue
from services.review.kinds.delivered import Form
from services.review.queue.ids import QueueId
from services.web.problems import Fault, problem_response, responses

IMPORT_PATH = r"/v1/queues/que_[0-9a-f]{32}/tasks"
"""Regular expression of the path that takes files of its own size."""
router = APIRouter(
    prefix="/v1/queues/{queue_id}", tags=["interop"], responses=responses(401, 403, 404, 422, 503)
)
"""A QA lead, an admin or an operator. Files are long, so no connection is held meanwhile."""


def _slots(request: Request) -> asyncio.Semaphore:
    state = request.app.state
    if not hasattr(state, "export_slots"):
        state.export_slots = asyncio.Semaphore(AT_ONCE)
    slots: asyncio.Semaphore = state.export_slots
    return slots


ExportSlots = Annotated[asyncio.Semaphore, Depends(_slots)]
_TYPES = ("application/x-ndjson", "application/jsonl", "application/json")
_BODY = {
    "required": True,
    "content": {
        "application/x-ndjson": {"schema": Line.model_json_schema()},
        "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
    },
}


@router.post(
    "/tasks",
    response_model=Imported,
    responses=responses(409, 413, 415),
    openapi_extra={"requestBody": _BODY},
)
async def import_tasks(
    queue_id: QueueId,
    request: Request,
    who: Importer,
    pool: PoolOfApp,
    settings: SettingsOfApp,
    format: ImportName = "jsonl",
    skip_bad: bool = False,
    answers: Answers = "leave_out",
) -> Imported | Response:
    """Add tasks: one JSON object a line, or a JSON array of them.

    All of a file is taken or nothing, unless `skip_bad`. The same file again adds nothing. With
    `answers=gold`, items whose answers in the file all have the same label become gold.
    """
    async with transaction(pool) as conn:
        _found(await importing.open_queue(conn, who.tenant_id, queue_id), queue_id)
    async with _received(request, settings.home / "imports") as path:
        try:
            async with transaction(pool) as conn:
                queue = _found(await importing.open_queue(conn, who.tenant_id, queue_id), queue_id)
                reader = Reader(queue, IMPORTS[format], answers)
                return await importing.import_tasks(conn, who, reader, path, skip_bad=skip_bad)
        except BadRows as error:
            return _refused(error.faults)


@router.get("/export", response_class=StreamingResponse)
async def export_tasks(
    queue_id: QueueId,
    who: Importer,
    pool: PoolOfApp,
    slots: ExportSlots,
    format: ExportName = "jsonl",
    state: Literal["done", "all"] = "done",
    form: Annotated[Form | None, Query(description="Of trl: rows of this form only.")] = None,
) -> StreamingResponse:
    """The queue's tasks with what people said of them; gold is never among them.

    `trl` gives rows for trainers, of tasks that are done: an adjudicator's answer, or the first of
    those with the label that most gave.
    """
    queue = await _queue(pool, who, queue_id)
    chosen = export_format(format, form)
    if format in ("label_studio", "argilla"):
        tool_settings(format, queue)  # refuses a kind that the tool cannot show
    content = stream(pool, slots, queue, chosen, done=state == "done")
    suffix = "json" if chosen.array else "jsonl"
    headers = {"Content-Disposition": f'attachment; filename="{queue_id}.{suffix}"'}
    return StreamingResponse(content, media_type=chosen.media_type, headers=headers)


@router.get("/export/settings")
async def export_settings(
    queue_id: QueueId, who: Importer, pool: PoolOfApp, tool: ToolName
) -> dict[str, Any]:
    """How Label Studio or Argilla has to be set up to show the queue's tasks."""
    return tool_settings(tool, await _queue(pool, who, queue_id))


@contextlib.asynccontextmanager
async def _received(request: Request, folder: Path) -> AsyncIterator[Path]:
    """The body in a file, for as long as it is needed."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in _TYPES:
        raise HTTPException(
            415, f"content type {kind or 'none'!r}: send one of {', '.join(_TYPES)}"
        )
    limit = uploads.UPLOAD_LIMIT_BYTES
    try:
        path = await uploads.receive(request.stream(), folder, ".import", limit)
    except uploads.TooLarge as error:
        raise HTTPException(413, f"the file is larger than {limit} bytes: split it") from error
    try:
        yield path
    finally:
        path.unlink()


async def _queue(pool: PoolOfApp, who: Principal, queue_id: str) -> Queue:
    async with transaction(pool) as conn:
        row = await repository.find_queue(conn, who.tenant_id, queue_id)
        return importing.as_queue(_found(row, queue_id))


def _found(value: Any, queue_id: str) -> Any:
    if value is None:
        raise HTTPException(404, f"you have no queue {queue_id!r}: GET /v1/queues lists them")
    return value


def _refused(faults: list[RowFault]) -> Response:
    named = [
        Fault(pointer=f"/{fault.row - 1}{fault.pointer}", detail=f"row {fault.row}: {_told(fault)}")
        for fault in faults
    ]
    more = f"; {len(named) - 1} more under errors" if len(named) > 1 else ""
    return problem_response(422, f"{named[0].detail}{more}; nothing of the file was taken", named)


def _told(fault: RowFault) -> str:
    field = fault.pointer.lstrip("/").replace("/", ".")
    return f"{field}: {fault.detail}" if field else fault.detail
