"""What a QA lead watches: flags and voids that wait, and how each queue fares."""

from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse

from ingot.errors import ReviewError
from services.accounts.access import QaLead, Transaction
from services.review.kinds import KINDS
from services.review.portal import repository
from services.review.portal.charts.funnel import Point, draw_funnel
from services.review.portal.charts.intervals import Estimate, draw_intervals
from services.review.portal.charts.progress import Day, draw_progress
from services.review.portal.pages import show
from services.review.quality import agreement, consensus, flags, health, reviewers, voids
from services.review.quality.queue_repository import find_queue
from services.review.queue.queues_repository import of_tenant

QueueId = Annotated[str, Path(pattern="^que_[0-9a-f]{32}$")]
_DAYS = 30
_TASKS = 200
router = APIRouter(prefix="/portal/quality")


@router.get("")
async def overview(
    request: Request,
    conn: Transaction,
    me: QaLead,
    after: Annotated[str, Query(max_length=64)] = "",
) -> HTMLResponse:
    """Flags, voids and queues."""
    return show(
        request,
        "quality.html",
        me,
        flags=await flags.list_flags(conn, me.tenant_id, after=after),
        voids=await voids.list_open(conn, me.tenant_id),
        queues=await of_tenant(conn, me.tenant_id),
    )


@router.get("/{queue_id}")
async def queue_health(
    request: Request, conn: Transaction, me: QaLead, queue_id: QueueId
) -> HTMLResponse:
    """One queue: its work, its agreement, its people."""
    queue = await find_queue(conn, me.tenant_id, queue_id)
    people = await reviewers.list_reviewers(conn, queue_id)
    agreed = await agreement.measure(conn, queue)
    days = [Day(**row) for row in await repository.progress(conn, queue_id, _DAYS)]
    gold = [Point(one.reviewer, int(one.gold.count), one.gold.of) for one in people if one.gold.of]
    estimates = list(_alphas(agreed, KINDS[queue["kind"]].scale))
    return show(
        request,
        "queue.html",
        me,
        queue=queue,
        health=await health.look(conn, queue),
        people=people,
        agreed=agreed,
        days=days,
        estimates=estimates,
        progress=draw_progress(days),
        alphas=draw_intervals(estimates, "Krippendorff's alpha"),
        funnel=draw_funnel(gold) if gold else None,
    )


@router.get("/{queue_id}/consensus")
async def queue_consensus(
    request: Request,
    conn: Transaction,
    me: QaLead,
    queue_id: QueueId,
    method: consensus.Method = "majority",
    after: Annotated[str, Query(max_length=64)] = "",
) -> HTMLResponse:
    """What the answers mean together, by a method of one's choice."""
    queue = await find_queue(conn, me.tenant_id, queue_id)
    found, why = None, ""
    try:
        async with conn.transaction():
            found = await consensus.find(conn, queue, method, after=after, limit=_TASKS)
    except ReviewError as error:
        why = str(error)
    return show(
        request,
        "consensus.html",
        me,
        queue=queue,
        method=method,
        methods=get_args(consensus.Method),
        found=found,
        why=why,
        most=_TASKS,
    )


def _alphas(
    agreed: agreement.Agreement, scale: Literal["nominal", "ordinal", "interval"]
) -> list[Estimate]:
    """Alpha of each criterion, on the kind's scale where the criterion has numbers."""
    found = []
    for criterion in agreed.criteria:
        by_scale = {each.scale: each for each in criterion.measures if each.name == "alpha"}
        alpha = by_scale.get(scale) or by_scale["nominal"]
        if alpha.value is not None and alpha.low is not None and alpha.high is not None:
            found.append(Estimate(criterion.criterion, alpha.value, alpha.low, alpha.high))
    return found
