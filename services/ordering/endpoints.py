"""REST for labs, under /v1."""

import asyncio
from collections.abc import Iterator
from typing import Annotated, TypeVar

from fastapi import APIRouter, HTTPException, Path, Request, Response
from fastapi.responses import StreamingResponse

from ingot.orders import BatchState, OrderSpec, parse_order
from services.accounts.access import (
    BatchFetcher,
    BatchReader,
    OrderReader,
    OrderWriter,
    PoolOfApp,
    SettingsOfApp,
    Transaction,
)
from services.database.pool import transaction
from services.ordering import service
from services.ordering.deliveries import Delivery
from services.ordering.policy import check_order
from services.ordering.schemas import (
    BatchView,
    FileList,
    FileView,
    OrderPage,
    OrderView,
)
from services.web.bodies import read_document
from services.web.once import OnceOnly
from services.web.paging import After, Limit, check_cursor
from services.web.problems import responses

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


def _read_order(content_type: str, body: bytes) -> OrderSpec:
    return parse_order(read_document(content_type, body))


def _found(value: T | None, name: str) -> T:
    if value is None:
        raise HTTPException(404, f"there is no {name!r} among yours: check the name")
    return value


def _delivered(batch: BatchView | None, batch_id: str) -> BatchView:
    found = _found(batch, batch_id)
    if found.state is not BatchState.DELIVERED:
        raise HTTPException(409, f"batch {batch_id} is {found.state}, not delivered: try later")
    return found
