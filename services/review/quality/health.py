"""How a queue fares, for those who look after it."""

from datetime import date, datetime

from ingot.records import Model
from services.database.pool import Connection, Row
from services.review.quality import adjudication, health_repository
from services.review.quality.adjudication import CauseCount
from services.review.quality.guidelines_repository import newest_breaking
from services.review.quality.shares import Share, share

DAYS = 30


class SkipCount(Model):
    """How often tasks were skipped for one reason."""

    reason: str
    n: int


class DayFigures(Model):
    """One day (UTC)."""

    day: date
    tasks: int
    """That came."""
    answers: int
    """That were given, gold included."""


class Health(Model):
    """A queue in figures."""

    queue_id: str
    open: int
    adjudicating: int
    done: int
    cancelled: int
    gold: int
    """Gold tasks."""
    slots_free: int
    answers_needed: int
    done_with_overlap: int
    """Done tasks that two or more people answered."""
    oldest_open_at: datetime | None
    counted: int
    surplus: int
    voided: int
    leased: int
    expired: int
    stale: int
    """Answers under a guideline that a breaking one replaced."""
    reviewers_week: int
    """Who answered something in the last 7 days."""
    median_ms: float | None
    gold_correct: Share
    flags_open: int
    skips: tuple[SkipCount, ...]
    causes: tuple[CauseCount, ...]
    """Why people disagreed, by the adjudicators."""
    days: tuple[DayFigures, ...]
    """The last 30, oldest first."""


async def look(conn: Connection, queue: Row) -> Health:
    """A queue in figures."""
    queue_id = queue["id"]
    work = await health_repository.work(conn, queue_id, await newest_breaking(conn, queue_id))
    correct = share(work.pop("gold_correct"), work.pop("gold_answers"))
    skips = await health_repository.skips(conn, queue_id)
    days = await health_repository.days(conn, queue_id, DAYS)
    return Health(
        queue_id=queue_id,
        gold_correct=correct,
        skips=tuple(SkipCount(**row) for row in skips),
        causes=await adjudication.list_causes(conn, queue_id),
        days=tuple(DayFigures(**row) for row in days),
        **await health_repository.counts(conn, queue_id),
        **work,
    )
