"""A reviewer's own figures: quality in sums, speed, pay, and what is asked about their answers."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.accounts.access import Reviewer, Transaction
from services.review.evidence.disclosure import PROMISE, explain
from services.review.portal.charts.intervals import Estimate, draw_intervals
from services.review.portal.charts.pay import draw_days
from services.review.portal.pages import show
from services.review.quality import flags, mine
from services.review.quality.shares import Share

router = APIRouter()


@router.get("/portal/me")
async def my_figures(request: Request, conn: Transaction, me: Reviewer) -> HTMLResponse:
    """One's own record; which answers were gold is never told."""
    stats = await mine.stats(conn, me.pseudonym)
    ledger = await mine.ledger(conn, me.pseudonym)
    asked, voided = await flags.mine(conn, me.pseudonym)
    return show(
        request,
        "me.html",
        me,
        stats=stats,
        ledger=ledger,
        days=draw_days(ledger.days),
        quality=draw_intervals(
            [
                _estimate(name, share)
                for name, share in (("known answers", stats.gold), ("most others", stats.agreement))
                if share.of
            ],
            "Agreement with known answers and with others",
        ),
        flags=[(flag, explain(flag.rule, flag.measured)) for flag in asked],
        voids=voided,
        promise=PROMISE,
    )


def _estimate(name: str, share: Share) -> Estimate:
    return Estimate(name, share.share or 0.0, share.low, share.high)
