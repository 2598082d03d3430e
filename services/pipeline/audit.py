"""The audit while it runs: the judge's promise is tested upon every audited item.

    answer to an audited item -> batch.audited -> watch -> alarm -> revoke
                                                            └─> batch.alarmed -> watch -> revoke

The promise is that of the order, so the audited items of all its batches feed one test, in the
order in which people answered; each batch is also tested by itself. The first alarm closes the
epoch: every batch of it that is not yet assembled sends to people what the judge had accepted and
nobody has seen, and a batch that is being calibrated ends without auto-acceptance, since part of
its labels may be older than the break. Only a batch whose calibration begins after the alarm may
trust the judge again.

All of it follows from what is stored, so a killed worker's event is simply handled again.
"""

from dataclasses import dataclass
from typing import Any, Literal

from ingot.orders import BatchState, Guarantee
from judging.audit.betting import audit
from judging.audit.items import AuditedItem, compared
from judging.guarantee.threshold import Certificate
from services.database import outbox
from services.database.pool import Connection, Row, transaction
from services.database.trail import audit as write_trail
from services.ordering import batches
from services.ordering.batches import Batch
from services.pipeline import audit_repository as repository
from services.pipeline.house import House
from services.pipeline.judge import read_judged
from services.pipeline.trust import (
    decided_by_judge,
    new_tasks,
    read_certificate,
    route_batch,
)
from services.review.tasks import AUDITED, Purpose, asked, create_tasks

ALARMED = "batch.alarmed"
"""Topic of the event that the epoch of a batch has ended."""
WATCHED = (AUDITED, ALARMED)
"""Events upon which nothing but the audit has to be looked at."""
Cause = Literal["audit", "drift"]


@dataclass(frozen=True, slots=True)
class Alarm:
    """The promise counted as broken."""

    scope: Literal["order", "batch"]
    items: int
    """After so many audited items of this scope."""


class BrokenPromiseError(Exception):
    """Raised inside a transaction that must not commit: the epoch has ended meanwhile."""


async def watch(house: House, batch: Batch) -> None:
    """Test the promise on all answers so far, and revoke what it no longer covers."""
    if batch.state is not BatchState.IN_REVIEW:
        return
    async with transaction(house.pool) as conn:
        standing = await repository.calibration(conn, batch.id)
        if standing is None or standing["revoked_for"]:
            return
        rows = await repository.audited(conn, batch.order_id, standing["epoch"])
    if "audit" not in standing["alarms"]:
        alarm = find_alarm(rows, batch.id, batch.spec.guarantee)
        if alarm is None:
            return
        await _close_epoch(house, batch, standing["epoch"], "audit", alarm)
    await _revoke(house, batch)


def find_alarm(rows: list[Row], batch_id: str, terms: Guarantee) -> Alarm | None:
    """The first alarm of the order's test, else of the batch's own, on audited items."""
    own = [row for row in rows if row["batch_id"] == batch_id]
    scopes: tuple[tuple[Literal["order", "batch"], list[Row]], ...] = (
        ("order", rows),
        ("batch", own),
    )
    for scope, seen in scopes:
        wrong = [not agreed for _, agreed in compared(items_of(seen))]
        tested = audit(wrong, 1 - terms.agreement, 1 - terms.confidence)
        if tested.alarm_at is not None:
            return Alarm(scope, tested.alarm_at)
    return None


def items_of(rows: list[Row]) -> list[AuditedItem]:
    """Audited items from their rows."""
    return [AuditedItem(row["verdict"], row["probability"], row["votes"]) for row in rows]


async def refuse_broken(conn: Connection, batch_id: str) -> None:
    """Raise where the batch rests on a promise that was broken meanwhile.

    Call it in the transaction that moved the batch on, after its row and the order's were changed:
    an alarm is then either seen here or comes after the commit.
    """
    standing = await repository.calibration(conn, batch_id)
    if standing and not standing["revoked_for"] and "audit" in standing["alarms"]:
        raise BrokenPromiseError(batch_id)


async def standing_certificate(house: House, batch: Batch) -> Certificate:
    """The certificate of a batch as far as it still holds: once revoked, it accepts nothing."""
    certificate = read_certificate(house, batch)
    async with transaction(house.pool) as conn:
        standing = await repository.calibration(conn, batch.id)
    if standing and standing["revoked_for"]:
        return certificate.model_copy(update={"threshold": None})
    return certificate


async def close_for_drift(house: House, batch: Batch) -> None:
    """End the epoch for batches that are yet to trust the judge, since a drift was found."""
    async with transaction(house.pool) as conn:
        standing = await repository.calibration(conn, batch.id)
    if standing is not None and not standing["alarms"]:
        await _close_epoch(house, batch, standing["epoch"], "drift", Alarm("order", 0))


async def _close_epoch(house: House, batch: Batch, epoch: int, cause: Cause, alarm: Alarm) -> None:
    """Write the alarm down once, and wake every other batch that rests on the promise."""
    facts: dict[str, Any] = {"epoch": epoch, "cause": cause, "batch_id": batch.id}
    facts |= {"scope": alarm.scope, "items": alarm.items}
    async with transaction(house.pool) as conn:
        await repository.lock_order(conn, batch.order_id)
        if not await repository.add_alarm(conn, batch.order_id, facts):
            return
        resting = await repository.batches_in_epoch(conn, batch.order_id, epoch)
        late = (BatchState.ASSEMBLING, BatchState.DELIVERED)
        facts["delivered_before"] = [row["id"] for row in resting if row["state"] in late]
        await write_trail(conn, "pipeline", f"promise.{cause}", batch.order_id, facts)
        for row in resting if cause == "audit" else ():
            if row["state"] not in late:
                await outbox.publish(conn, ALARMED, row["id"], {"order_id": batch.order_id})


async def _revoke(house: House, batch: Batch) -> None:
    """Send to people what the judge accepted and nobody was asked about, once."""
    judged, certificate = read_judged(house.store, batch), read_certificate(house, batch)
    trusted = decided_by_judge(route_batch(batch, judged, certificate))
    async with transaction(house.pool) as conn:
        if not await repository.revoke(conn, batch.id, "audit"):
            return
        known = await asked(conn, batch.id)
        unseen: dict[str, Purpose] = {item: "unsure" for item in trusted if item not in known}
        await create_tasks(conn, batch.id, new_tasks(judged, unseen, batch))
        everybody = len(known) + len(unseen)
        facts = {"judge_revoked": "audit", "auto_accepted": 0, "to_people": everybody}
        share = round(everybody / max(len(judged.pairs), 1), 4)
        await batches.save_summary(conn, batch.id, {**facts, "human_share": share})
