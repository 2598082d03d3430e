"""REST for the guidelines of orders: /v1/orders/{id}/guidelines."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from services.accounts.access import OrderReader, OrderWriter, PoolOfApp, Transaction
from services.contracts.contract import get, locked
from services.contracts.guidelines import acts, repository
from services.contracts.guidelines.schemas import (
    CommentPage,
    CommentView,
    Difference,
    Guideline,
    GuidelineLine,
    GuidelineList,
    NewComment,
    NewGuideline,
)
from services.database.pool import Connection, tenant_transaction
from services.web.once import Made, OnceOnly
from services.web.paging import After, Limit, check_cursor, page_of
from services.web.problems import responses

router = APIRouter(
    prefix="/v1/orders/{order_id}/guidelines",
    tags=["guidelines"],
    responses=responses(401, 403, 404, 422, 503),
)
OrderId = Annotated[str, Path(pattern="^ord_[0-9a-f]{32}$")]
N = Annotated[int, Path(ge=1, le=100_000, description="The version's number.")]


@router.post("", status_code=201, response_model=Guideline, responses=responses(400, 409, 413))
async def publish_guideline(
    order_id: OrderId, wanted: NewGuideline, lab: OrderWriter, pool: PoolOfApp, once: OnceOnly
) -> Response:
    """Publish the next version. It holds once you approve it."""

    async def act(conn: Connection) -> Made:
        contract = await locked(conn, lab.tenant_id, order_id)
        n = await acts.add(conn, contract, wanted, lab.name)
        location = f"/v1/orders/{order_id}/guidelines/versions/{n}"
        return Made(await acts.find(conn, order_id, n), headers={"Location": location})

    return await once.run(pool, lab.tenant_id, wanted, act)


@router.get("")
async def list_versions(order_id: OrderId, lab: OrderReader, conn: Transaction) -> GuidelineList:
    """All versions, newest first."""
    await get(conn, lab.tenant_id, order_id)
    rows = await repository.versions(conn, order_id)
    return GuidelineList(data=tuple(GuidelineLine(**row) for row in rows))


@router.get("/versions/{n}")
async def get_version(order_id: OrderId, n: N, lab: OrderReader, conn: Transaction) -> Guideline:
    """A version, whole."""
    await get(conn, lab.tenant_id, order_id)
    return await acts.find(conn, order_id, n)


@router.post("/versions/{n}/approve", responses=responses(409))
async def approve_version(order_id: OrderId, n: N, lab: OrderWriter, pool: PoolOfApp) -> Guideline:
    """Approve the newest version: the calibration batch is made under it."""
    async with tenant_transaction(pool, lab.tenant_id) as conn:
        contract = await locked(conn, lab.tenant_id, order_id)
        await acts.approve(conn, contract, n, lab.name)
        return await acts.find(conn, order_id, n)


@router.get("/diff")
async def compare_versions(
    order_id: OrderId,
    lab: OrderReader,
    conn: Transaction,
    from_n: Annotated[int, Query(alias="from", ge=1, le=100_000)],
    to_n: Annotated[int, Query(alias="to", ge=1, le=100_000)],
) -> Difference:
    """What changed from one version to another."""
    await get(conn, lab.tenant_id, order_id)
    return await acts.compare(conn, order_id, from_n, to_n)


@router.post("/versions/{n}/comments", status_code=201)
async def comment(
    order_id: OrderId, n: N, wanted: NewComment, lab: OrderWriter, pool: PoolOfApp
) -> CommentView:
    """Remark on a version."""
    async with tenant_transaction(pool, lab.tenant_id) as conn:
        contract = await get(conn, lab.tenant_id, order_id)
        await acts.check_comment(conn, order_id, n, wanted)
        fields = {**wanted.model_dump(), "author": lab.name, "at": contract.now}
        row = await repository.add_comment(conn, lab.tenant_id, order_id, n, fields)
        return CommentView(**row)


@router.get("/versions/{n}/comments", responses=responses(400))
async def list_comments(
    order_id: OrderId,
    n: N,
    lab: OrderReader,
    conn: Transaction,
    limit: Limit = 50,
    starting_after: After = None,
) -> CommentPage:
    """Remarks on a version, oldest first."""
    await get(conn, lab.tenant_id, order_id)
    await acts.find(conn, order_id, n)
    after = check_cursor(starting_after, "gco")
    rows = await repository.comments(conn, order_id, n, after, limit + 1)
    return page_of(CommentPage, rows, limit, lambda row: CommentView(**row))
