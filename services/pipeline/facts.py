"""From a batch's figures to what its delivery says of itself.

Only figures of the set go in, none of the run, so that a rerun makes the same delivery.
"""

from typing import Any

from ingot.orders import OrderSpec
from services.delivery.facts import (
    AuditResult,
    Delay,
    DeliveryFacts,
    DriftResult,
    JudgeFacts,
    PromisedAgreement,
)
from services.ordering.batches import Batch

_AUDITED = (
    "agreement",
    "low",
    "high",
    "method",
    "exact",
    "prediction_powered",
    "at_every_look",
)


def delivery_facts(batch: Batch, summary: dict[str, Any]) -> DeliveryFacts:
    """The facts of a batch that is ready to be delivered."""
    spec = batch.spec
    brought = spec.source.recipe == "completions"
    judged = summary.get("pairs", 0) > summary.get("verified", 0)
    return DeliveryFacts(
        name=spec.name,
        order_id=batch.order_id,
        batch_id=batch.id,
        generator="lab" if brought else spec.generation.model,
        engine="" if brought else spec.generation.engine,
        judge=_judge(spec, summary) if judged else None,
        promised=_promise(spec) if judged else None,
        audit=_audit(summary) if judged else None,
        drift=tuple(DriftResult.model_validate(check) for check in summary.get("drift", ())),
        drops=summary.get("dropped", {}),
    )


def _judge(spec: OrderSpec, summary: dict[str, Any]) -> JudgeFacts:
    certificate = summary.get("certificate") or {}
    return JudgeFacts(
        model=spec.judge.model,
        engine=spec.judge.engine,
        calibration_id=certificate.get("calibration_id", ""),
        calibration_items=summary.get("calibration_labels", 0),
        threshold=summary.get("threshold"),
    )


def _promise(spec: OrderSpec) -> PromisedAgreement:
    terms = spec.guarantee
    return PromisedAgreement(agreement=terms.agreement, confidence=terms.confidence)


def _audit(summary: dict[str, Any]) -> AuditResult:
    seen = summary["audit_agreement"]
    broken = bool(summary["audit_alarm"])
    return AuditResult(
        items=seen["n"],
        **{name: seen[name] for name in _AUDITED},
        alarm=broken,
        alarm_items=summary["audit_alarm_items"] if broken else None,
        detects=tuple(Delay.model_validate(delay) for delay in summary["audit_detects"]),
    )
