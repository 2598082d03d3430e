"""What a batch and its delivery say of the audit: the realised rate, alarms, delays, drift."""

from collections.abc import Sequence
from typing import Any

from ingot.orders import Guarantee
from judging.audit.confidence_sequence import last_interval
from judging.audit.detection import items_to_detect
from judging.audit.drift.check import DriftCheck, drifting
from judging.audit.items import compared
from judging.audit.report import Realised, measure_agreement
from judging.intervals import Interval
from services.database.pool import transaction
from services.ordering import batches
from services.ordering.batches import Batch
from services.pipeline import audit_repository as repository
from services.pipeline.audit import close_for_drift, items_of
from services.pipeline.drift import drift_between, drift_in_batch, drift_of_people
from services.pipeline.house import House
from services.pipeline.judge import Judged, read_judged
from services.pipeline.trust import decided_by_judge, read_certificate, route_batch
from services.review.tasks import Answer

STATED_EXCESS = (0.1, 0.2)
"""Rates of disagreement above the target for which the delay of the audit is stated."""
STATED_QUANTILE = 0.9


async def audit_facts(
    house: House, batch: Batch, judged: Judged, given: Sequence[Answer]
) -> dict[str, Any]:
    """The audit's figures of a batch whose answers are all in; a drift of people ends the epoch."""
    terms = batch.spec.guarantee
    async with transaction(house.pool) as conn:
        standing = await repository.calibration(conn, batch.id)
        epoch = standing["epoch"] if standing else 0
        rows = await repository.audited(conn, batch.order_id, epoch)
        alarm = await repository.alarm(conn, batch.order_id, epoch)
    accepted = _accepted(house, batch, judged, given)
    asked = {answer.item_id for answer in given if answer.purpose == "audit"}
    said = {judgment.subject_id: judgment.p for judgment in judged.judgments}
    others = [p for item in accepted if item not in asked and (p := said[item]) is not None]
    own = [row for row in rows if row["batch_id"] == batch.id]
    delta = 1 - terms.confidence
    realised = measure_agreement(compared(items_of(own)), others, delta)
    checks = await _drift(house, batch, judged, given)
    return {
        "audit_agreement": _agreement(realised),
        "audit_alarm": bool(standing and standing["revoked_for"] == "audit"),
        "audit_alarm_items": alarm["items"] if alarm else None,
        "audit_order": _whole_order(rows, delta),
        "audit_detects": stated_delays(terms),
        "drift": [check.model_dump(mode="json") for check in checks],
    }


def stated_delays(terms: Guarantee) -> list[dict[str, float | int | None]]:
    """Within how many audited items a broken promise is found in 90 % of the cases."""
    risk, delta = 1 - terms.agreement, 1 - terms.confidence
    return [
        {
            "disagreement": round(risk + excess, 4),
            "items": items_to_detect(risk + excess, risk, delta, STATED_QUANTILE),
        }
        for excess in STATED_EXCESS
    ]


def _accepted(house: House, batch: Batch, judged: Judged, given: Sequence[Answer]) -> list[str]:
    """What the judge accepted and no calibration had labelled, revoked or not."""
    routed = route_batch(batch, judged, read_certificate(house, batch))
    labelled = {answer.item_id for answer in given if answer.purpose == "calibration"}
    return [item for item in decided_by_judge(routed) if item not in labelled]


def _agreement(realised: Realised) -> dict[str, Any]:
    return {
        "agreement": realised.agreement,
        "low": realised.quoted.low,
        "high": realised.quoted.high,
        "method": realised.method,
        "n": realised.n,
        "errors": realised.errors,
        "accepted": realised.accepted,
        "exact": _ends(realised.exact),
        "prediction_powered": _ends(realised.powered),
        "prediction_powered_estimate": realised.powered_estimate,
        "at_every_look": _ends(realised.at_every_look),
    }


def _whole_order(rows: list[dict[str, Any]], delta: float) -> dict[str, Any]:
    """The audited items of all batches that rest on the same promise."""
    agreed = [good for _, good in compared(items_of(rows))]
    return {
        "batches": len({row["batch_id"] for row in rows}),
        "n": len(agreed),
        "errors": len(agreed) - sum(agreed),
        "at_every_look": _ends(last_interval(agreed, delta)),
    }


async def _drift(
    house: House, batch: Batch, judged: Judged, given: Sequence[Answer]
) -> list[DriftCheck]:
    """The checks that need all answers or the batch before."""
    sample = {answer.item_id for answer in given if answer.purpose == "calibration"}
    inside = drift_in_batch(batch, judged, sample)
    people = drift_of_people(batch, _certified(house, batch, judged), judged, given)
    if drifting(people):
        await close_for_drift(house, batch)
    async with transaction(house.pool) as conn:
        before = await repository.batch_before(conn, batch.order_id, batch.seq)
        earlier = await batches.get_batch(conn, before) if before else None
    between = drift_between(batch, read_judged(house.store, earlier), judged) if earlier else []
    return inside + people + between


def _certified(house: House, batch: Batch, judged: Judged) -> set[str]:
    """What the certificate covers, the calibration sample included."""
    return set(decided_by_judge(route_batch(batch, judged, read_certificate(house, batch))))


def _ends(interval: Interval | None) -> list[float] | None:
    return [interval.low, interval.high] if interval else None
