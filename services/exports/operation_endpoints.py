"""REST for exports: /v1/exports and /v1/operations."""

import asyncio
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Response
from fastapi.responses import StreamingResponse

from ingot.errors import StorageError, boundary
from services.accounts.access import (
    BatchFetcher,
    BatchReader,
    PoolOfApp,
    SettingsOfApp,
    Transaction,
)
from services.database.pool import Connection, tenant_transaction
from services.exports import operations
from services.exports.exporter import address, open_store
from services.exports.operations import NewExport, OperationPage, OperationView
from services.web.once import Made, OnceOnly
from services.web.paging import After, Limit, check_cursor
from services.web.problems import responses

router = APIRouter(prefix="/v1", tags=["exports"], responses=responses(401, 403, 422, 503))
OperationId = Annotated[str, Path(pattern="^ope_[0-9a-f]{32}$")]
_CHUNK_BYTES = 1024 * 1024


@router.post(
    "/exports",
    status_code=202,
    response_model=OperationView,
    responses=responses(400, 404, 409, 410, 413),
)
async def ask_for_export(
    wanted: NewExport, lab: BatchFetcher, pool: PoolOfApp, once: OnceOnly
) -> Response:
    """Have delivered batches written as files; look after it at the address in `Location`."""

    async def act(conn: Connection) -> Made:
        made = await operations.ask(conn, lab, wanted)
        return Made(made, status=202, headers={"Location": f"/v1/operations/{made.id}"})

    return await once.run(pool, lab.tenant_id, wanted, act)


@router.get("/operations", responses=responses(400))
async def list_operations(
    lab: BatchReader, conn: Transaction, limit: Limit = 50, starting_after: After = None
) -> OperationPage:
    """Your operations, newest first."""
    after = check_cursor(starting_after, "ope")
    return await operations.listed(conn, lab.tenant_id, after, limit)


@router.get("/operations/{operation_id}", responses=responses(404))
async def get_operation(
    operation_id: OperationId, lab: BatchReader, conn: Transaction
) -> OperationView:
    """How far an operation is, and what it brought."""
    return await operations.find(conn, lab.tenant_id, operation_id)


@router.get(
    "/operations/{operation_id}/files/{name}",
    response_class=StreamingResponse,
    responses=responses(404, 410),
)
async def get_operation_file(
    operation_id: OperationId,
    name: str,
    lab: BatchFetcher,
    pool: PoolOfApp,
    settings: SettingsOfApp,
) -> StreamingResponse:
    """One file of an export; those of an export that still runs, too."""
    async with tenant_transaction(pool, lab.tenant_id) as conn:
        operation = await operations.find(conn, lab.tenant_id, operation_id)
    if operation.state == "expired":
        raise HTTPException(410, f"the files of {operation_id} were deleted: export them again")
    if name not in {file.name for file in operation.files}:
        raise HTTPException(404, f"{operation_id} has no file {name!r:.200} (yet)")
    fs, path = open_store(address(settings, operation_id, name), settings)
    with boundary(StorageError, f"cannot read the export {operation_id}"):
        file = await asyncio.to_thread(fs.open, path, "rb")
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_read(file), media_type="application/octet-stream", headers=headers)


def _read(file: object) -> Iterator[bytes]:
    with file as opened:  # type: ignore[attr-defined]
        while chunk := opened.read(_CHUNK_BYTES):
            yield chunk
