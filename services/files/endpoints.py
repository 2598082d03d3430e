"""REST for files that labs send in: /v1/files."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path as FolderPath
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, HTTPException, Path, Request, Response
from fastapi.responses import StreamingResponse

from ingot.records import Model
from services.accounts.access import FileSender, OrderReader, PoolOfApp, SettingsOfApp, Transaction
from services.accounts.keys import Principal
from services.database.pool import Connection, Pool, Row, tenant_transaction
from services.database.trail import audit
from services.files import repository, uploads
from services.files.uploads import FaultyFile, Purpose, Upload
from services.ordering.policy import uploads_of
from services.web.paging import After, Limit, Page, check_cursor, page_of
from services.web.problems import Refused, responses

UPLOAD_PATH = "/v1/files"
router = APIRouter(prefix=UPLOAD_PATH, tags=["files"], responses=responses(401, 403, 422, 503))
FileId = Annotated[str, Path(pattern="^fil_[0-9a-f]{32}$")]
_UPLOAD_BODY = {
    "required": True,
    "content": {kind: {"schema": {"type": "string"}} for kind in uploads.SUFFIXES},
}
_CHUNK_BYTES = 1024 * 1024
_SHOWN = 5


class FileView(Model):
    """A file that was sent in."""

    id: str
    purpose: Purpose
    state: Literal["processed", "refused"]
    """refused: some lines were not right, and nothing of it is kept but what was wrong."""
    path: str
    """What `source.path` and the like may name; '' of a refused one."""
    rows: int
    size_bytes: int
    sha256: str
    created_at: datetime


class FilePage(Page[FileView]):
    """A page of files, newest first."""


@router.post(
    "",
    status_code=201,
    responses=responses(413, 415),
    openapi_extra={"requestBody": _UPLOAD_BODY},
)
async def upload_file(
    request: Request,
    lab: FileSender,
    pool: PoolOfApp,
    settings: SettingsOfApp,
    purpose: Purpose = "prompts",
) -> FileView:
    """Send a file as JSONL or Parquet; every line is checked before any is kept."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if (suffix := uploads.SUFFIXES.get(kind)) is None:
        raise HTTPException(
            415, f"content type {kind or 'none'!r}: send one of {', '.join(uploads.SUFFIXES)}"
        )
    folder = uploads_of(settings, lab.tenant_id)
    temporary = await _receive(request.stream(), folder, suffix)
    try:
        upload = await asyncio.to_thread(uploads.keep, temporary, suffix, purpose)
    except FaultyFile as faulty:
        raise await _refuse(pool, lab, purpose, faulty) from faulty
    return await _keep(pool, lab, folder, purpose, upload)


@router.get("", responses=responses(400))
async def list_uploads(
    lab: OrderReader,
    conn: Transaction,
    settings: SettingsOfApp,
    limit: Limit = 50,
    starting_after: After = None,
) -> FilePage:
    """Files that you sent in, newest first."""
    after, folder = check_cursor(starting_after, "fil"), uploads_of(settings, lab.tenant_id)
    rows = await repository.page(conn, lab.tenant_id, after, limit + 1)
    return page_of(FilePage, rows, limit, lambda row: _view(row, folder))


@router.get("/{file_id}", responses=responses(404))
async def get_upload(
    file_id: FileId, lab: OrderReader, conn: Transaction, settings: SettingsOfApp
) -> FileView:
    """A file that you sent in."""
    row = await _found(conn, lab.tenant_id, file_id)
    return _view(row, uploads_of(settings, lab.tenant_id))


@router.get("/{file_id}/content", response_class=StreamingResponse, responses=responses(404, 410))
async def get_content(
    file_id: FileId, lab: FileSender, pool: PoolOfApp, settings: SettingsOfApp
) -> StreamingResponse:
    """What you sent."""
    async with tenant_transaction(pool, lab.tenant_id) as conn:
        row = await _found(conn, lab.tenant_id, file_id)
    path = uploads_of(settings, lab.tenant_id) / row["name"]
    if row["state"] != "processed" or not path.is_file():
        raise HTTPException(410, f"nothing of {file_id} was kept: it was refused")
    headers = {"Content-Disposition": f'attachment; filename="{row["name"]}"'}
    return StreamingResponse(_read(path), media_type="application/octet-stream", headers=headers)


@router.get("/{file_id}/errors", response_class=Response, responses=responses(404))
async def get_errors(file_id: FileId, lab: OrderReader, conn: Transaction) -> Response:
    """What is wrong in which line, by lines: `{"line": 7, "detail": "is not JSON: ..."}`."""
    row = await _found(conn, lab.tenant_id, file_id)
    lines = b"".join(orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE) for each in row["faults"])
    return Response(lines, media_type="application/x-ndjson")


@router.delete("/{file_id}", status_code=204, responses=responses(404))
async def delete_upload(
    file_id: FileId, lab: FileSender, pool: PoolOfApp, settings: SettingsOfApp
) -> Response:
    """Delete a file. Batches that still read it will fail, and say so."""
    async with tenant_transaction(pool, lab.tenant_id) as conn:
        row = await _found(conn, lab.tenant_id, file_id)
        shared = await repository.delete(conn, lab.tenant_id, file_id)
        await audit(conn, lab.name, "file.deleted", file_id, {}, tenant=lab.tenant_id)
    if row["name"] and not shared:
        (uploads_of(settings, lab.tenant_id) / row["name"]).unlink(missing_ok=True)
    return Response(status_code=204)


async def _keep(
    pool: Pool, lab: Principal, folder: FolderPath, purpose: Purpose, upload: Upload
) -> FileView:
    fields = {
        "name": upload.path.name,
        "rows": upload.rows,
        "size_bytes": upload.size_bytes,
        "sha256": upload.sha256,
    }
    async with tenant_transaction(pool, lab.tenant_id) as conn:
        row = await repository.add(conn, lab.tenant_id, purpose, fields)
        detail = {"rows": upload.rows, "file": row["id"]}
        await audit(conn, lab.name, "file.uploaded", upload.path.name, detail, tenant=lab.tenant_id)
    return _view(row, folder)


async def _refuse(pool: Pool, lab: Principal, purpose: Purpose, faulty: FaultyFile) -> Refused:
    """Keep what is wrong, and say how it begins and where all of it is."""
    fields = {
        "name": "",
        "rows": faulty.rows,
        "size_bytes": faulty.size_bytes,
        "sha256": faulty.sha256,
    }
    async with tenant_transaction(pool, lab.tenant_id) as conn:
        row = await repository.add(conn, lab.tenant_id, purpose, fields, faulty.faults)
    first = "; ".join(f"line {each['line']} {each['detail']}" for each in faulty.faults[:_SHOWN])
    url = f"{UPLOAD_PATH}/{row['id']}/errors"
    more = f"; {len(faulty.faults)} lines in all, see {url}" if len(faulty.faults) > 1 else ""
    return Refused(422, "faulty-file", f"{first}{more}", {"Location": url})


def _view(row: Row, folder: FolderPath) -> FileView:
    path = str(folder / row["name"]) if row["name"] else ""
    fields = {name: row[name] for name in FileView.model_fields if name != "path"}
    return FileView(**fields, path=path)


async def _found(conn: Connection, tenant: str, file_id: str) -> Row:
    row = await repository.file(conn, tenant, file_id)
    if row is None:
        raise HTTPException(404, f"there is no {file_id!r} among your files: check the id")
    return row


async def _receive(chunks: AsyncIterator[bytes], folder: FolderPath, suffix: str) -> FolderPath:
    limit = uploads.UPLOAD_LIMIT_BYTES
    try:
        return await uploads.receive(chunks, folder, suffix, limit)
    except uploads.TooLarge as error:
        raise HTTPException(
            413, f"the file is larger than {limit} bytes: split it, or put it into an s3:// bucket"
        ) from error


def _read(path: FolderPath) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
