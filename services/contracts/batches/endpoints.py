"""REST for batches under contract: look at them, decide on them, say what came of them."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, HTTPException, Path, Query, Response

from services.accounts.access import (
    BatchJudge,
    BatchReader,
    PoolOfApp,
    SettingsOfApp,
    Transaction,
)
from services.contracts.batches import deciding, item_repository, reading
from services.contracts.batches import repository as batch_repository
from services.contracts.batches import views as batches
from services.contracts.batches.decision_files import read_decisions
from services.contracts.batches.schemas import (
    Decisions,
    FeedbackPage,
    FeedbackView,
    ItemDecision,
    ItemPage,
    ItemView,
    ManifestView,
    Mark,
    NewFeedback,
    QualityView,
    Rejection,
    RequestCounts,
    Status,
)
from services.contracts.contract import get
from services.database.pool import Connection, Row, tenant_transaction
from services.database.trail import audit
from services.ordering import service as ordering
from services.ordering.schemas import BatchView
from services.web.once import Made, OnceOnly
from services.web.paging import After, Limit, check_cursor
from services.web.problems import responses

router = APIRouter(prefix="/v1", tags=["batches"], responses=responses(401, 403, 422, 503))
BatchId = Annotated[str, Path(pattern="^bat_[0-9a-f]{32}$")]
Place = Annotated[int, Path(ge=1, le=2**31 - 1, description="The item's `n`.")]
AfterItem = Annotated[
    int, Query(ge=0, le=2**31 - 1, description="`next` of the page before; 0 for the first.")
]


@router.get("/batches/{batch_id}/items", responses=responses(404, 409, 410))
async def list_items(
    batch_id: BatchId,
    lab: BatchReader,
    conn: Transaction,
    status: Status | None = None,
    limit: Limit = 50,
    starting_after: AfterItem = 0,
) -> ItemPage:
    """The items of a delivered batch, in its order."""
    batch = await reading.delivered(conn, lab.tenant_id, batch_id)
    return await batches.items(conn, batch, status, starting_after, limit)


@router.get("/batches/{batch_id}/items/{n}", responses=responses(404, 409, 410))
async def get_item(batch_id: BatchId, n: Place, lab: BatchReader, conn: Transaction) -> ItemView:
    """One item."""
    return await _item(conn, await reading.delivered(conn, lab.tenant_id, batch_id), n)


@router.put("/batches/{batch_id}/items/{n}/decision", responses=responses(404, 409, 410))
async def decide_item(
    batch_id: BatchId, n: Place, mark: Mark, lab: BatchJudge, pool: PoolOfApp
) -> ItemView:
    """Note what you think of an item; it counts when you accept or reject the batch."""
    async with tenant_transaction(pool, lab.tenant_id) as conn:
        batch = await reading.lock(conn, lab.tenant_id, batch_id)
        item = await _item(conn, batch, n)
        wanted = ItemDecision(item_id=item.item_id, **mark.model_dump())
        await deciding.mark(conn, batch, [wanted])
        return await _item(conn, batch, n)


@router.post("/batches/{batch_id}/decisions", responses=responses(404, 409, 410))
async def decide_items(
    batch_id: BatchId, wanted: Decisions, lab: BatchJudge, pool: PoolOfApp
) -> RequestCounts:
    """Note decisions on up to 10,000 items at once."""
    async with tenant_transaction(pool, lab.tenant_id) as conn:
        batch = await reading.lock(conn, lab.tenant_id, batch_id)
        await deciding.mark(conn, batch, wanted.decisions)
        return await batches.counts(conn, batch)


@router.get("/batches/{batch_id}/counts", responses=responses(404, 409, 410))
async def count_items(batch_id: BatchId, lab: BatchReader, conn: Transaction) -> RequestCounts:
    """How many items there are, by what was decided."""
    return await batches.counts(conn, await reading.delivered(conn, lab.tenant_id, batch_id))


@router.post(
    "/batches/{batch_id}/accept",
    response_model=BatchView,
    responses=responses(400, 404, 409, 410),
)
async def accept_batch(
    batch_id: BatchId, lab: BatchJudge, pool: PoolOfApp, once: OnceOnly
) -> Response:
    """Take all items that you did not reject; only those are invoiced."""

    async def act(conn: Connection) -> Made:
        batch = await reading.lock(conn, lab.tenant_id, batch_id)
        contract = await get(conn, lab.tenant_id, batch["order_id"])
        await deciding.accept(conn, contract, batch, lab.name)
        return await _decided(conn, lab.tenant_id, batch_id)

    return await once.run(pool, lab.tenant_id, None, act)


@router.post(
    "/batches/{batch_id}/reject",
    response_model=BatchView,
    responses=responses(400, 404, 409, 410, 413),
)
async def reject_batch(
    batch_id: BatchId,
    wanted: Rejection,
    lab: BatchJudge,
    pool: PoolOfApp,
    settings: SettingsOfApp,
    once: OnceOnly,
) -> Response:
    """Reject the named items, or the whole batch; the remedy is what the terms say."""
    decisions = wanted.item_decisions
    if wanted.file_path:
        decisions = await asyncio.to_thread(
            read_decisions, wanted.file_path, settings, lab.tenant_id
        )

    async def act(conn: Connection) -> Made:
        batch = await reading.lock(conn, lab.tenant_id, batch_id)
        contract = await get(conn, lab.tenant_id, batch["order_id"])
        await deciding.reject(conn, contract, batch, wanted, decisions, lab.name)
        return await _decided(conn, lab.tenant_id, batch_id)

    return await once.run(pool, lab.tenant_id, wanted, act)


@router.get("/batches/{batch_id}/manifest", responses=responses(404, 409))
async def get_manifest(batch_id: BatchId, lab: BatchReader, conn: Transaction) -> ManifestView:
    """What a batch is, under which terms, and that nobody else got it: signed."""
    batch = await reading.found(conn, lab.tenant_id, batch_id)
    manifest = await batches.manifest(conn, batch_id)
    if manifest is None:
        raise HTTPException(409, f"batch {batch_id} is {batch['state']}, not delivered: try later")
    return manifest


@router.get("/batches/{batch_id}/quality", responses=responses(404))
async def get_quality(batch_id: BatchId, lab: BatchReader, conn: Transaction) -> QualityView:
    """Agreement of people and of judges with people, what was rejected and why."""
    batch = await reading.found(conn, lab.tenant_id, batch_id)
    contract = await get(conn, lab.tenant_id, batch["order_id"])
    return await batches.quality(conn, contract, batch)


@router.post("/batches/{batch_id}/feedback", status_code=201, responses=responses(404, 409, 410))
async def send_feedback(
    batch_id: BatchId, wanted: NewFeedback, lab: BatchJudge, pool: PoolOfApp
) -> FeedbackView:
    """Tell us what your own evaluation says of a batch."""
    async with tenant_transaction(pool, lab.tenant_id) as conn:
        batch = await reading.lock(conn, lab.tenant_id, batch_id)
        contract = await get(conn, lab.tenant_id, batch["order_id"])
        body = wanted.model_dump(mode="json")
        feedback_id = await batch_repository.add_feedback(
            conn, lab.tenant_id, batch_id, body, lab.name, contract.now
        )
        await audit(conn, lab.name, "batch.feedback", batch_id, body, tenant=lab.tenant_id)
    return FeedbackView(
        id=feedback_id, batch_id=batch_id, body=wanted, author=lab.name, at=contract.now
    )


@router.get("/batches/{batch_id}/feedback", responses=responses(400, 404))
async def list_feedback(
    batch_id: BatchId,
    lab: BatchReader,
    conn: Transaction,
    limit: Limit = 50,
    starting_after: After = None,
) -> FeedbackPage:
    """What you said of a batch, oldest first."""
    await reading.found(conn, lab.tenant_id, batch_id)
    after = check_cursor(starting_after, "fbk")
    return await batches.feedback(conn, batch_id, after, limit)


async def _item(conn: Connection, batch: Row, n: int) -> ItemView:
    rows = await item_repository.page(conn, batch["id"], None, n - 1, 1)
    if not rows or rows[0]["n"] != n:
        raise HTTPException(404, f"batch {batch['id']} has no item {n}")
    return batches.item(batch, rows[0])


async def _decided(conn: Connection, tenant: str, batch_id: str) -> Made:
    batch = await ordering.find_batch(conn, tenant, batch_id)
    assert batch is not None
    return Made(batch, status=200)
