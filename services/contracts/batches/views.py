"""Delivered batches and their items as their lab sees them."""

from typing import Any

import orjson

from ingot.orders import BatchState
from services.contracts.batches import item_repository
from services.contracts.batches import repository as batch_repository
from services.contracts.batches.quality import SUMMARY_KEY, quality_of, shortfalls
from services.contracts.batches.schemas import (
    FeedbackPage,
    FeedbackView,
    ItemPage,
    ItemView,
    ManifestView,
    QualityView,
    RequestCounts,
)
from services.contracts.contract import Contract
from services.database.pool import Connection, Row
from services.web.paging import page_of

DECIDED = (
    BatchState.ACCEPTED,
    BatchState.PARTLY_ACCEPTED,
    BatchState.REJECTED,
    BatchState.SETTLED,
)


async def items(
    conn: Connection, batch: Row, status: str | None, after: int, limit: int
) -> ItemPage:
    """A page of a batch's items."""
    wanted = _wanted(batch, status)
    rows = await item_repository.page(conn, batch["id"], wanted, after, limit + 1)
    shown = rows[:limit]
    more = len(rows) > limit
    return ItemPage(
        data=tuple(item(batch, row) for row in shown),
        has_more=more,
        next=shown[-1]["n"] if more else None,
    )


def item(batch: Row, row: Row) -> ItemView:
    """An item; with the batch decided, what was not rejected is accepted."""
    status = row["decision"] or ("accepted" if batch["state"] in DECIDED else "undecided")
    fields = {name: row[name] for name in _ITEM}
    return ItemView(**fields, status=status)


def _wanted(batch: Row, status: str | None) -> str | None:
    """The status as the rows have it: with the batch decided, most have none."""
    if batch["state"] not in DECIDED or status == "rejected":
        return status
    return {"accepted": "kept", "undecided": "none"}.get(status or "")


async def counts(conn: Connection, batch: Row) -> RequestCounts:
    """How many items a batch has, by what was decided."""
    row = await item_repository.counts(conn, batch["id"])
    rest = row["items"] - row["rejected"] - row["marked"]
    decided = batch["state"] in DECIDED
    return RequestCounts(
        total=row["items"],
        accepted=row["marked"] + (rest if decided else 0),
        rejected=row["rejected"],
        undecided=0 if decided else rest,
        units=row["units"],
    )


async def quality(conn: Connection, contract: Contract, batch: Row) -> QualityView:
    """The figures of a batch, and where they do not meet the terms."""
    figures = quality_of(batch["summary"])
    production = {name: v for name, v in batch["summary"].items() if name != SUMMARY_KEY}
    return QualityView(
        batch_id=batch["id"],
        state=batch["state"],
        quality=figures,
        shortfalls=tuple(shortfalls(figures, contract.terms)),
        counts=await counts(conn, batch),
        reasons=await item_repository.reasons(conn, batch["id"]),
        production=production,
    )


async def manifest(conn: Connection, batch_id: str) -> ManifestView | None:
    """The signed manifest; None where the batch has none yet."""
    row = await batch_repository.manifest(conn, batch_id)
    if row is None:
        return None
    signature: dict[str, Any] = orjson.loads(row["signature"])
    return ManifestView(batch_id=batch_id, body=row["body"], sha256=row["sha256"], **signature)


async def feedback(conn: Connection, batch_id: str, after: str | None, limit: int) -> FeedbackPage:
    """What the lab said of a batch."""
    rows = await batch_repository.feedback(conn, batch_id, after, limit + 1)
    return page_of(FeedbackPage, rows, limit, lambda row: FeedbackView(**row))


_ITEM = ("n", "item_id", "content", "units", "reason_code", "note")
