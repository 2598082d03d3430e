"""What a batch leaves to the judge: its certificate, its routes, and tasks for the rest."""

from collections import Counter
from collections.abc import Mapping, Sequence

from ingot.records import Pair
from judging.draws import draw_uniform
from judging.guarantee.threshold import Certificate
from judging.routing import Reason, Routed
from judging.routing import route as route_pairs
from services.ordering.batches import Batch
from services.pipeline.house import House, dataset_name
from services.pipeline.judge import Judged, names_of
from services.review.tasks import NewTask, Purpose

INSTRUCTIONS = (
    "Choose the answer that is correct. If both are right, or both are wrong, choose tie."
)


def route_batch(batch: Batch, judged: Judged, certificate: Certificate) -> Routed:
    """The routes of a batch: a function of what is stored, so it is computed where it is needed."""
    return route_pairs(
        judged.pairs,
        judged.judgments,
        certificate,
        audit_share=batch.spec.guarantee.audit_share,
        seed=batch.spec.seed,
    )


def decided_by_judge(routed: Routed) -> list[str]:
    """The pairs that rest on the judge alone; the verified ones do not."""
    return [r.pair_id for r in routed.auto_accepted if r.reason is Reason.ABOVE_THRESHOLD]


def read_certificate(house: House, batch: Batch) -> Certificate:
    """The certificate of a batch as it was computed, whether or not it still holds."""
    return Certificate.model_validate_json(house.store.get(certificate_name(batch)))


def certificate_name(batch: Batch) -> str:
    """The file of a batch's certificate."""
    parts = (names_of(batch).judgments, batch.spec.guarantee.model_dump())
    return dataset_name(batch, "certificate", *parts) + ".json"


def new_tasks(judged: Judged, wanted: Mapping[str, Purpose], batch: Batch) -> list[NewTask]:
    """Review tasks for pairs; what is least certain and matters most comes first."""
    probability = {judgment.subject_id: judgment.p or 0.5 for judgment in judged.judgments}
    value = _values(judged.pairs)
    return [
        NewTask(
            item_id=pair.id,
            purpose=wanted[pair.id],
            prompt=pair.prompt,
            a=pair.a,
            b=pair.b,
            instructions=INSTRUCTIONS,
            priority=_uncertainty(pair, wanted[pair.id], probability, batch) * value[pair.id],
            overlap=batch.spec.review.overlap,
        )
        for pair in judged.pairs
        if pair.id in wanted
    ]


def _uncertainty(
    pair: Pair, purpose: Purpose, probability: Mapping[str, float], batch: Batch
) -> float:
    """Probability that the judge's verdict is not people's, 0 to 0.5.

    Of an audited item it is a random one. Audited items are sure ones: in their own place they
    would all come last, where a reviewer could tell them by that, and an alarm would come late.
    """
    if purpose == "audit":
        return draw_uniform("place", batch.spec.seed, pair.id) / 2
    return 1 - probability.get(pair.id, 0.5)


def _values(pairs: Sequence[Pair]) -> dict[str, float]:
    """How much each pair matters, by its id: one over the pairs of its instruction.

    An instruction reaches the delivery by any of its pairs, so where there is one only, all hangs
    on its label; of four, each carries a quarter.
    """
    counts = Counter(pair.instruction_id for pair in pairs)
    return {pair.id: 1 / counts[pair.instruction_id] for pair in pairs}
