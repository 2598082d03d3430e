"""REST of guidelines: read versions, compare them, publish a new one."""

from typing import Annotated

from fastapi import APIRouter, Query

from ingot.records import Model
from services.accounts.access import Member, QaLead, Transaction
from services.accounts.keys import Principal
from services.database.pool import Connection, Row
from services.review.quality import guidelines as service
from services.review.quality.guidelines import Difference, NewVersion, Published, Version
from services.review.quality.queue_repository import find_any_queue, find_queue
from services.review.quality.rest.shared import ERRORS, GuidelineN
from services.review.queue.ids import QueueId
from services.web.problems import responses

router = APIRouter(prefix="/v1/queues/{queue_id}/guidelines", tags=["guidelines"], responses=ERRORS)
N = Annotated[int, Query(ge=1, le=2**31 - 1)]


class Versions(Model):
    """All versions of a queue's guideline."""

    data: tuple[service.VersionLine, ...]


@router.get("")
async def list_versions(queue_id: QueueId, conn: Transaction, who: Member) -> Versions:
    """All versions, the newest first."""
    queue = await readable(conn, who, queue_id)
    return Versions(data=await service.list_versions(conn, queue["id"]))


@router.get("/diff")
async def compare(
    queue_id: QueueId,
    conn: Transaction,
    who: Member,
    from_n: Annotated[N, Query(alias="from")],
    to_n: Annotated[N, Query(alias="to")],
) -> Difference:
    """What changed from one version to another: words of the text, fields of the rubric."""
    return await service.compare(conn, await readable(conn, who, queue_id), from_n, to_n)


@router.get("/{n}")
async def read_version(queue_id: QueueId, n: GuidelineN, conn: Transaction, who: Member) -> Version:
    """One version, whole."""
    return await service.find_version(conn, (await readable(conn, who, queue_id))["id"], n)


@router.post("", status_code=201, responses=responses(409))
async def publish(queue_id: QueueId, conn: Transaction, who: QaLead, new: NewVersion) -> Published:
    """Publish a version. After a breaking one open tasks are asked anew."""
    queue = await find_queue(conn, who.tenant_id, queue_id, lock=True)
    return await service.publish(conn, who.name, queue, new)


async def readable(conn: Connection, who: Principal, queue_id: str) -> Row:
    """A queue whose guideline one may read: reviewers work for all tenants."""
    if "reviewer" in who.roles:
        return await find_any_queue(conn, queue_id)
    return await find_queue(conn, who.tenant_id, queue_id)
