"""REST for labs, under /v1."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path as FolderPath
from typing import Annotated, TypeVar

from fastapi import APIRouter, HTTPException, Path, Request, Response
from fastapi.responses import StreamingResponse

from ingot.orders import BatchState, OrderSpec, parse_order
from services.accounts.access import (
    BatchFetcher,
    BatchReader,
    FileSender,
    OrderReader,
    OrderWriter,
    PoolOfApp,
    SettingsOfApp,
    Transaction,
)
from services.database.pool import transaction
from services.database.trail import audit
from services.ordering import service, uploads
from services.ordering.deliveries import Delivery
from services.ordering.policy import check_order, uploads_of
from services.ordering.schemas import (
    BatchView,
    FileList,
    FileView,
    OrderPage,
    OrderView,
    UploadView,
)
from services.web.bodies import read_document
from services.web.once import OnceOnly
from services.web.paging import After, Limit, check_cursor
from services.web.problems import responses

UPLOAD_PATH = "/v1/files"
_READ_AT_ONCE_BYTES = 4096
"""A longer order is read beside other requests, which costs more than reading a short one."""
router = APIRouter(prefix="/v1", tags=["ordering"], responses=responses(401, 403, 422, 503))

OrderId = Annotated[str, Path(pattern="^ord_[0-9a-f]{32}$")]
BatchId = Annotated[str, Path(pattern="^bat_[0-9a-f]{32}$")]
T = TypeVar("T")
_ORDER_BODY = {
    "required": True,
    "content": {
        kind: {"schema": OrderSpec.model_json_schema()}
        for kind in ("application/json", "application/yaml")
    },
}
_UPLOAD_BODY = {
    "required": True,
    "content": {kind: {"schema": {"type": "string"}} for kind in uploads.SUFFIXES},
}


@router.post(
    "/orders",
    status_code=201,
    response_model=OrderView,
    responses=responses(400, 409, 413, 415),
    openapi_extra={"requestBody": _ORDER_BODY},
)
async def place_order(
    request: Request, lab: OrderWriter, pool: PoolOfApp, settings: SettingsOfApp, once: OnceOnly
) -> Response:
    """Order data. The same Idempotency-Key with the same order gives the same response again."""
    body = await request.body()
    content_type = request.headers.get("content-type", "application/json")
    if len(body) <= _READ_AT_ONCE_BYTES:
        spec = _read_order(content_type, body)
    else:
        spec = await asyncio.to_thread(_read_order, content_type, body)
    await check_order(spec, lab, settings)
    return await once.run(
        pool, lab.tenant_id, spec, lambda conn: service.place_order(conn, lab, spec)
    )


@router.get("/orders", responses=responses(400))
async def list_orders(
    lab: OrderReader, conn: Transaction, limit: Limit = 50, starting_after: After = None
) -> OrderPage:
    """Your orders, newest first."""
    after = check_cursor(starting_after, "ord")
    return await service.list_orders(conn, lab.tenant_id, after, limit)


@router.get("/orders/{order_id}", response_model=OrderView, responses=responses(404))
async def get_order(order_id: OrderId, lab: OrderReader, conn: Transaction) -> OrderView:
    """An order with its batches."""
    return _found(await service.find_order(conn, lab.tenant_id, order_id), order_id)


@router.get("/batches/{batch_id}", response_model=BatchView, responses=responses(404))
async def get_batch(batch_id: BatchId, lab: BatchReader, conn: Transaction) -> BatchView:
    """A batch: its state, progress and summary."""
    return _found(await service.find_batch(conn, lab.tenant_id, batch_id), batch_id)


@router.get("/batches/{batch_id}/files", response_model=FileList, responses=responses(404, 409))
async def list_files(
    batch_id: BatchId, lab: BatchFetcher, pool: PoolOfApp, settings: SettingsOfApp
) -> FileList:
    """The delivered files of a batch."""
    async with transaction(pool) as conn:
        batch = _delivered(await service.find_batch(conn, lab.tenant_id, batch_id), batch_id)
    files = await asyncio.to_thread(lambda: Delivery(batch.delivery_uri, settings).files())
    views = (FileView(name=f.name, size_bytes=f.size_bytes, sha256=f.sha256) for f in files)
    return FileList(batch_id=batch_id, files=tuple(views))


@router.get(
    "/batches/{batch_id}/files/{name:path}",
    response_class=StreamingResponse,
    responses=responses(404, 409),
)
async def get_file(
    batch_id: BatchId, name: str, lab: BatchFetcher, pool: PoolOfApp, settings: SettingsOfApp
) -> StreamingResponse:
    """One delivered file."""
    async with transaction(pool) as conn:
        batch = _delivered(await service.find_batch(conn, lab.tenant_id, batch_id), batch_id)
    delivery = await asyncio.to_thread(Delivery, batch.delivery_uri, settings)
    size_bytes = _found(await asyncio.to_thread(delivery.size_bytes, name), name)
    content: Iterator[bytes] = delivery.read(name)
    headers = {"Content-Length": str(size_bytes), "Content-Disposition": "attachment"}
    return StreamingResponse(content, media_type="application/octet-stream", headers=headers)


@router.post(
    "/files",
    status_code=201,
    response_model=UploadView,
    responses=responses(413, 415),
    openapi_extra={"requestBody": _UPLOAD_BODY},
)
async def upload_file(
    request: Request, lab: FileSender, pool: PoolOfApp, settings: SettingsOfApp
) -> UploadView:
    """Send prompts or completions as JSONL or Parquet; every line is checked before it is kept."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if (suffix := uploads.SUFFIXES.get(kind)) is None:
        raise HTTPException(
            415, f"content type {kind or 'none'!r}: send one of {', '.join(uploads.SUFFIXES)}"
        )
    folder = uploads_of(settings, lab.tenant_id)
    temporary = await _receive(request.stream(), folder, suffix)
    upload = await asyncio.to_thread(uploads.keep, temporary, suffix)
    async with transaction(pool) as conn:
        detail = {"rows": upload.rows}
        await audit(conn, lab.name, "file.uploaded", upload.path.name, detail, tenant=lab.tenant_id)
    return UploadView(
        path=str(upload.path),
        rows=upload.rows,
        size_bytes=upload.size_bytes,
        sha256=upload.sha256,
    )


def _read_order(content_type: str, body: bytes) -> OrderSpec:
    return parse_order(read_document(content_type, body))


async def _receive(chunks: AsyncIterator[bytes], folder: FolderPath, suffix: str) -> FolderPath:
    limit = uploads.UPLOAD_LIMIT_BYTES
    try:
        return await uploads.receive(chunks, folder, suffix, limit)
    except uploads.TooLarge as error:
        raise HTTPException(
            413, f"the file is larger than {limit} bytes: split it, or put it into an s3:// bucket"
        ) from error


def _found(value: T | None, name: str) -> T:
    if value is None:
        raise HTTPException(404, f"there is no {name!r} among yours: check the name")
    return value


def _delivered(batch: BatchView | None, batch_id: str) -> BatchView:
    found = _found(batch, batch_id)
    if found.state is not BatchState.DELIVERED:
        raise HTTPException(409, f"batch {batch_id} is {found.state}, not delivered: try later")
    return found
