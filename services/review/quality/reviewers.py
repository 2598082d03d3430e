"""Reviewers in figures, with intervals: who agrees, who knows, who is fast."""

import asyncio
from datetime import datetime

from ingot.records import Model
from services.database.pool import Connection, Row
from services.review.quality import answers_repository, reviewers_repository
from services.review.quality.shares import Share, share


class Work(Model):
    """How somebody's leases ended."""

    counted: int
    surplus: int
    """Answers that came too late, or are stale; paid all the same."""
    voided: int
    skipped: int
    released: int
    expired: int
    leased: int
    """Held now."""
    median_ms: float | None
    """Of the active time per answer."""
    last_at: datetime | None


class ReviewerFigures(Work):
    """A reviewer in a queue."""

    reviewer: str
    simulated: bool
    gold: Share
    """Answers to gold that were right."""
    agreement: Share
    """Answers that are what most others say; a tie of t labels counts 1/t."""
    speed: float | None
    """The queue's median time over the reviewer's: 2 is twice as fast."""
    flags_open: int
    flags_upheld: int


async def list_reviewers(conn: Connection, queue_id: str) -> tuple[ReviewerFigures, ...]:
    """All who worked in a queue, those with the most answers first."""
    rows = await reviewers_repository.of_queue(conn, queue_id)
    answers = await answers_repository.counted(conn, queue_id)
    said = [(row["task_id"], row["reviewer"], row["label"]) for row in answers if row["label"]]
    agreeing = await asyncio.to_thread(agreement_with_others, said)
    pool = (await reviewers_repository.pool_median_ms(conn, [queue_id])).get(queue_id)
    return tuple(_figures(row, agreeing.get(row["reviewer"], (0.0, 0)), pool) for row in rows)


def agreement_with_others(said: list[tuple[str, str, str]]) -> dict[str, tuple[float, int]]:
    """By reviewer: the sum of agreement with the majority of others, and of how many answers."""
    from judging.people.agreement import compare_with_others
    from judging.people.answers import collect

    if not said:
        return {}
    answers = collect(said)
    credits, compared = compare_with_others(answers).by_worker(answers.shape[1])
    pairs = zip(credits.tolist(), compared.tolist(), strict=True)
    return dict(zip(answers.worker_names, pairs, strict=True))


def speed(pool_ms: float | None, own_ms: float | None) -> float | None:
    """How many times as fast as the pool; None where one of them is not known."""
    return pool_ms / own_ms if pool_ms and own_ms else None


def work_of(row: Row) -> Row:
    """The fields of `Work` in a row."""
    return {name: row[name] for name in Work.model_fields}


def _figures(row: Row, agreeing: tuple[float, int], pool_ms: float | None) -> ReviewerFigures:
    return ReviewerFigures(
        reviewer=row["reviewer"],
        simulated=row["simulated"],
        gold=share(row["gold_correct"], row["gold"]),
        agreement=share(*agreeing),
        speed=speed(pool_ms, row["median_ms"]),
        flags_open=row["flags_open"],
        flags_upheld=row["flags_upheld"],
        **work_of(row),
    )
