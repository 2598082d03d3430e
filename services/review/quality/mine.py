"""A reviewer's own record as they may see it: gold in a sum only, in which no single one shows."""

import asyncio
from datetime import date, datetime

from ingot.records import Model
from services.database.pool import Connection, Row
from services.review.quality import answers_repository, reviewers_repository
from services.review.quality.reviewers import Work, agreement_with_others, speed, work_of
from services.review.quality.shares import Share, share

GOLD_BLOCK = 10
"""Gold is told in whole blocks of so many results: one answer more tells nothing of itself."""
TASKS = 5_000
"""The newest tasks over which agreement is told."""


class MyQueue(Work):
    """Own work in a queue."""

    queue_id: str
    queue_name: str
    purpose: str
    speed: float | None
    """The queue's median time over one's own: 2 is twice as fast."""


class MyStats(Model):
    """Own figures."""

    counted: int
    surplus: int
    voided: int
    skipped: int
    gold: Share
    """Right answers to hidden gold, up to the last whole ten of them."""
    agreement: Share
    """Answers that are what most others say, over the newest 5,000 tasks."""
    queues: tuple[MyQueue, ...]
    """The latest first."""


class Entry(Model):
    """One paid answer."""

    assignment_id: str
    queue_id: str
    queue_name: str
    state: str
    """submitted, surplus or voided: paid all the same."""
    active_ms: int
    amount_minor: int
    currency: str
    at: datetime


class Sum(Model):
    """Pay in one currency."""

    currency: str
    answers: int
    active_ms: int
    amount_minor: int


class Day(Sum):
    """Pay of one day (UTC)."""

    day: date


class Ledger(Model):
    """Own paid work."""

    data: tuple[Entry, ...]
    """The newest first."""
    days: tuple[Day, ...]
    """Of the last 31 days."""
    totals: tuple[Sum, ...]
    """Of all time."""


async def stats(conn: Connection, reviewer: str) -> MyStats:
    """One reviewer's figures."""
    rows = await reviewers_repository.by_queue(conn, reviewer)
    pool = await reviewers_repository.pool_median_ms(conn, [row["queue_id"] for row in rows])
    results = await reviewers_repository.gold_in_order(conn, reviewer)
    told = results[: len(results) // GOLD_BLOCK * GOLD_BLOCK]
    around = await answers_repository.around(conn, reviewer, None, TASKS)
    said = [(row["task_id"], row["reviewer"], row["label"]) for row in around]
    agreeing = await asyncio.to_thread(agreement_with_others, said)
    return MyStats(
        gold=share(sum(told), len(told)),
        agreement=share(*agreeing.get(reviewer, (0.0, 0))),
        queues=tuple(_queue(row, pool.get(row["queue_id"])) for row in rows),
        **{name: sum(row[name] for row in rows) for name in _SUMMED},
    )


async def ledger(conn: Connection, reviewer: str, *, before: str = "", limit: int = 100) -> Ledger:
    """One reviewer's paid work; `before` is the last assignment of the page that was read."""
    return Ledger(
        data=tuple(
            Entry(**row) for row in await reviewers_repository.ledger(conn, reviewer, before, limit)
        ),
        days=tuple(Day(**row) for row in await reviewers_repository.earned(conn, reviewer, 31)),
        totals=tuple(
            Sum(**row) for row in await reviewers_repository.earned_in_all(conn, reviewer)
        ),
    )


_SUMMED = ("counted", "surplus", "voided", "skipped")


def _queue(row: Row, pool_ms: float | None) -> MyQueue:
    return MyQueue(
        queue_id=row["queue_id"],
        queue_name=row["queue_name"],
        purpose=row["purpose"],
        speed=speed(pool_ms, row["median_ms"]),
        **work_of(row),
    )
