"""A small batch to deliver."""

from curating import preference

from ingot.records import JudgeKind, Preference, Provenance
from services.delivery.facts import AuditResult, DeliveryFacts, JudgeFacts, PromisedAgreement

FACTS = DeliveryFacts(
    name="Colours and sums",
    order_id="ord_1",
    batch_id="bat_1",
    generator="tiny-writer",
    engine="vllm",
    judge=JudgeFacts(
        model="tiny-judge",
        engine="vllm",
        calibration_id="cal_7",
        calibration_items=150,
        threshold=0.8125,
    ),
    promised=PromisedAgreement(agreement=0.85, confidence=0.9),
    audit=AuditResult(items=40, agreement=0.925, low=0.83, high=0.975),
    drops={"exact_duplicate": 3, "contaminated": 1},
    licence="CC-BY-4.0",
)


def batch() -> list[Preference]:
    """Six rows: two each by verifier, judge and person, one of the persons simulated."""
    kinds = [JudgeKind.VERIFIER, JudgeKind.JUDGE, JudgeKind.PERSON] * 2
    return [
        preference(
            f"What is {n} + 34?",
            f"It is {n + 34}.",
            f"It is {n}.",
            source=kind,
            margin=0.5 * n if kind is JudgeKind.JUDGE else None,
            domain="add",
            instruction_id=f"ins_{n}",
            provenance=Provenance(order_id="ord_1", simulated=n == 5, parents=(f"cmp_{n}",)),
        )
        for n, kind in enumerate(kinds)
    ]
