"""REST for downloads: the items of a batch in the form that a tool reads."""

from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Path, Query
from fastapi.responses import StreamingResponse

from services.accounts.access import BatchFetcher, PoolOfApp
from services.contracts.batches.reading import delivered
from services.contracts.contract import get
from services.database.pool import Pool, tenant_transaction
from services.exports.formats import Format, check
from services.exports.stream import LINES, MEDIA_TYPES, stream
from services.web.problems import responses

router = APIRouter(prefix="/v1", tags=["batches"], responses=responses(401, 403, 422, 503))
BatchId = Annotated[str, Path(pattern="^bat_[0-9a-f]{32}$")]


@router.get(
    "/batches/{batch_id}/download",
    response_class=StreamingResponse,
    responses=responses(404, 409, 410),
)
async def download_batch(
    batch_id: BatchId,
    lab: BatchFetcher,
    pool: PoolOfApp,
    form: Annotated[Format, Query(alias="format")] = "jsonl",
    status: Annotated[
        Literal["accepted", "all"], Query(description="accepted: but for what you rejected.")
    ] = "accepted",
) -> StreamingResponse:
    """Download a delivered batch, streamed, in the format that your tools read."""
    async with tenant_transaction(pool, lab.tenant_id) as conn:
        batch = await delivered(conn, lab.tenant_id, batch_id)
        contract = await get(conn, lab.tenant_id, batch["order_id"])
    if why := check(form, contract.request.spec.kind):
        raise HTTPException(422, why)
    return file_of(pool, lab.tenant_id, batch_id, form, accepted_only=status == "accepted")


def file_of(
    pool: Pool, tenant: str, batch_id: str, form: Format, *, accepted_only: bool
) -> StreamingResponse:
    """A batch as a file to be saved."""
    media_type, suffix = MEDIA_TYPES.get(form, LINES)
    headers = {"Content-Disposition": f'attachment; filename="{batch_id}.{form}.{suffix}"'}
    content = stream(pool, tenant, batch_id, form, accepted_only=accepted_only)
    return StreamingResponse(content, media_type=media_type, headers=headers)
