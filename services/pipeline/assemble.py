"""The third stage: decide every pair, curate, deliver."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import orjson

from curation.benchmarks import read_benchmarks
from curation.encoder import SentenceEncoder
from curation.pipeline import Curated, curate
from ingot.records import Preference
from judging.preferences import Outcome, build_preferences
from services.database.pool import transaction
from services.delivery.deliver import deliver
from services.ordering import batches
from services.ordering.batches import Batch
from services.pipeline import contracted, generate
from services.pipeline.audit import standing_certificate
from services.pipeline.audit_facts import audit_facts
from services.pipeline.facts import delivery_facts
from services.pipeline.house import House, dataset_name
from services.pipeline.judge import names_of, read_judged
from services.pipeline.people import decisions_of
from services.pipeline.progress import reported
from services.pipeline.trust import route_batch
from services.review.tasks import Answer, answers, left_out

DUPLICATES = ("exact_duplicate", "near_duplicate", "semantic_duplicate")


async def assemble(house: House, batch: Batch) -> None:
    """Make the delivery of a batch and record where it is; a rerun finds it in place."""
    async with transaction(house.pool) as conn:
        given = await answers(conn, batch.id)
        unanswerable = await left_out(conn, batch.id)
    outcome = await _decide(house, batch, given, unanswerable)
    async with reported(house, batch, "curate", "preferences") as report:
        curated = await asyncio.to_thread(_curate, house, batch, outcome.preferences)
        report(len(outcome.preferences), len(outcome.preferences))
    await _save_facts(house, batch, given, outcome, curated)
    await _deliver(house, batch, await contracted.take(house, batch, curated.kept, given))


async def _decide(
    house: House, batch: Batch, given: Sequence[Answer], unanswerable: set[str]
) -> Outcome:
    """The verifier's, the people's and the judge's verdicts, put together."""
    judged, certificate = read_judged(house.store, batch), await standing_certificate(house, batch)
    decisions = decisions_of(judged.pairs, given)
    routed = route_batch(batch, judged, certificate)
    said = (judgment for judgment in judged.judgments if judgment.subject_id not in unanswerable)
    return build_preferences(judged.pairs, routed, said, decisions, certificate)


def _curate(house: House, batch: Batch, preferences: Sequence[Preference]) -> Curated:
    """Apply the order's terms and keep what was dropped, with its reason."""
    terms = batch.spec.curation
    curated = curate(
        preferences,
        terms,
        read_benchmarks(terms.decontaminate_against, house.settings.storage_options),
        SentenceEncoder(house.settings.encoder, house.settings.device),
    )
    house.store.put(drops_name(batch), b"".join(_line(drop) for drop in curated.drops))
    return curated


def drops_name(batch: Batch) -> str:
    """The file of all drops of a batch."""
    parts = (names_of(batch).judgments, batch.spec.curation.model_dump())
    return dataset_name(batch, "drops", *parts) + ".jsonl"


def _line(drop: object) -> bytes:
    return orjson.dumps(drop, option=orjson.OPT_APPEND_NEWLINE)


async def _save_facts(
    house: House, batch: Batch, given: Sequence[Answer], outcome: Outcome, curated: Curated
) -> None:
    """The figures of this stage; duplicates and contamination count over the whole line."""
    reasons = curated.reasons
    rejected = batch.summary.get("instructions_rejected", {})
    facts: dict[str, Any] = {
        **await _audit(house, batch, given),
        "decided_by": dict(Counter(str(p.source) for p in outcome.preferences)),
        "undecided": dict(Counter(str(u.reason) for u in outcome.undecided)),
        "dropped": reasons,
        "duplicates_dropped": rejected.get("duplicate", 0)
        + sum(reasons.get(reason, 0) for reason in DUPLICATES),
        "contaminated_dropped": rejected.get("held_out", 0) + reasons.get("contaminated", 0),
        "delivered": len(curated.kept),
        "simulated_reviewers": any(answer.simulated for answer in given),
    }
    known = _known_right(house, batch, curated.kept)
    if known is not None:
        facts["known_right"] = known
    async with transaction(house.pool) as conn:
        await batches.save_summary(conn, batch.id, facts)


async def _audit(house: House, batch: Batch, given: Sequence[Answer]) -> dict[str, Any]:
    """The audit's figures, as they were when first asked for.

    Other batches of the order go on being audited; a rerun must deliver what a killed run may have
    delivered already.
    """
    if "audit_detects" in batch.summary:
        return {}
    return await audit_facts(house, batch, read_judged(house.store, batch), given)


def _known_right(
    house: House, batch: Batch, kept: Sequence[Preference]
) -> dict[str, int | float] | None:
    """How many delivered pairs the lab's own knowledge confirms; None where it brought none."""
    if batch.spec.source.recipe != "completions" or not batch.spec.source.columns.correct:
        return None
    known = orjson.loads(house.store.get(generate.names_of(batch).known))
    right = sum(known[p.chosen_id] and not known[p.rejected_id] for p in kept)
    return {"right": right, "total": len(kept), "share": round(right / max(len(kept), 1), 4)}


async def _deliver(house: House, batch: Batch, kept: Sequence[Preference]) -> None:
    """Write the delivery and record its address."""
    root = batch.spec.delivery.uri or house.settings.delivery_root
    uri = f"{root.rstrip('/')}/{batch.order_id}/{batch.id}"
    async with transaction(house.pool) as conn:
        summary = (await batches.get_batch(conn, batch.id)).summary
    async with reported(house, batch, "deliver", "rows") as report:
        delivery = await asyncio.to_thread(
            deliver, kept, delivery_facts(batch, summary), uri, house.settings.storage_options(uri)
        )
        report(len(kept), len(kept))
    async with transaction(house.pool) as conn:
        await batches.set_delivery(conn, batch.id, delivery.uri)
        await batches.save_summary(
            conn,
            batch.id,
            {"delivery_uri": delivery.uri, "delivery_manifest_sha256": delivery.manifest_sha256},
        )
