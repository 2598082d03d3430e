"""What goes to people: the calibration sample, what the judge may not decide, and the audit."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ingot.orders import BatchState
from ingot.records import JudgeKind, Judgment, Pair, Provenance
from judging.aggregate import Decision, agrees, decide
from judging.audit import Audit, audit
from judging.calibration import calibration_curve
from judging.draws import draw_sample
from judging.routing import Reason, Routed
from judging.routing import route as route_pairs
from judging.threshold import Certificate, certify
from services.database import outbox
from services.database.pool import Connection, transaction
from services.ordering import batches
from services.ordering.batches import Batch
from services.pipeline.house import House, dataset_name
from services.pipeline.judge import Judged, names_of, read_judged
from services.review.tasks import Answer, NewTask, Purpose, answers, create_tasks

INSTRUCTIONS = (
    "Choose the answer that is correct. If both are right, or both are wrong, choose tie."
)


async def ask_calibration(house: House, batch: Batch) -> None:
    """Send a random sample of the open pairs to people; without open pairs, go on at once."""
    if batch.state is not BatchState.JUDGING:
        return
    judged = read_judged(house, batch)
    chosen = draw_sample(
        (pair.id for pair in judged.pairs if not pair.verified),
        batch.spec.guarantee.calibration_items,
        batch.spec.seed,
    )
    tasks = _tasks(judged, {pair_id: "calibration" for pair_id in chosen}, batch)
    async with transaction(house.pool) as conn:
        await batches.transition(conn, batch.id, BatchState.CALIBRATING, actor="pipeline")
        await _ask(conn, batch, tasks, "batch.calibrated")


async def route(house: House, batch: Batch) -> None:
    """Certify the judge on the calibration answers and send to people what it may not decide."""
    if batch.state is not BatchState.CALIBRATING:
        return
    judged = read_judged(house, batch)
    async with transaction(house.pool) as conn:
        given = await answers(conn, batch.id, "calibration")
    decisions = decisions_of(judged.pairs, given)
    labelled_pairs = _compare(judged, decisions)
    certificate = _certify(house, batch, judged, labelled_pairs)
    routed = route_batch(batch, judged, certificate)
    labelled = {decision.pair_id for decision in decisions}
    wanted: dict[str, Purpose] = {r.pair_id: "unsure" for r in routed.to_people}
    wanted |= {r.pair_id: "audit" for r in routed.audit}
    tasks = _tasks(judged, {i: p for i, p in wanted.items() if i not in labelled}, batch)
    async with transaction(house.pool) as conn:
        await batches.transition(conn, batch.id, BatchState.IN_REVIEW, actor="pipeline")
        facts = _routing_facts(judged, routed, certificate, tasks, labelled)
        curve = [bin_.model_dump(mode="json") for bin_ in calibration_curve(labelled_pairs)]
        await batches.save_summary(conn, batch.id, {**facts, "calibration_curve": curve})
        await _ask(conn, batch, tasks, "batch.reviewed")


async def revoke_if_broken(house: House, batch: Batch) -> bool:
    """Ask people about everything the judge accepted, where the audit shows the promise broken.

    True where new tasks wait for people, so that the batch is not to be delivered yet.
    """
    if batch.state is not BatchState.IN_REVIEW or batch.summary.get("judge_revoked"):
        return False
    judged, certificate = read_judged(house, batch), read_certificate(house, batch)
    async with transaction(house.pool) as conn:
        given = await answers(conn, batch.id)
    if not audit_of(batch, judged, certificate, given).alarm:
        return False
    trusted = decided_by_judge(route_batch(batch, judged, certificate))
    known = {answer.item_id for answer in given}
    wanted: dict[str, Purpose] = {pair_id: "unsure" for pair_id in trusted if pair_id not in known}
    tasks = _tasks(judged, wanted, batch)
    async with transaction(house.pool) as conn:
        asked = int(batch.summary["to_people"]) + len(tasks)
        share = round(asked / len(judged.pairs), 4)
        facts = {"judge_revoked": True, "auto_accepted": 0, "to_people": asked}
        await batches.save_summary(conn, batch.id, {**facts, "human_share": share})
        return await create_tasks(conn, batch.id, tasks) > 0


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


def decisions_of(pairs: Sequence[Pair], given: Iterable[Answer]) -> list[Decision]:
    """What people's answers mean, for each pair that has any."""
    by_pair: dict[str, list[Judgment]] = defaultdict(list)
    for answer in given:
        by_pair[answer.item_id].append(_judgment(answer))
    return [decide(pair, by_pair[pair.id]) for pair in pairs if pair.id in by_pair]


def audit_of(
    batch: Batch, judged: Judged, certificate: Certificate, given: Sequence[Answer]
) -> Audit:
    """The audit of what the judge accepted, in the order in which people answered."""
    terms = batch.spec.guarantee
    judgments = {judgment.subject_id: judgment for judgment in judged.judgments}
    decisions = {
        decision.pair_id: decision
        for decision in decisions_of(judged.pairs, (a for a in given if a.purpose == "audit"))
    }
    order = dict.fromkeys(answer.item_id for answer in given if answer.purpose == "audit")
    seen = (agrees(judgments[item], decisions[item]) for item in order)
    disagreements = [not agreed for agreed in seen if agreed is not None]
    return audit(disagreements, 1 - terms.agreement, 1 - terms.confidence)


def read_certificate(house: House, batch: Batch) -> Certificate:
    """The certificate of a batch; one that covers nothing where nothing was calibrated."""
    return Certificate.model_validate_json(house.store.get(_certificate_name(batch)))


def _compare(judged: Judged, decisions: Iterable[Decision]) -> list[tuple[float, bool]]:
    """(confidence, do judge and people agree?) of each pair that both gave a verdict on."""
    judgments = {judgment.subject_id: judgment for judgment in judged.judgments}
    return [
        (judgment.p, agreed)
        for decision in decisions
        if (judgment := judgments.get(decision.pair_id)) is not None
        and judgment.p is not None
        and (agreed := agrees(judgment, decision)) is not None
    ]


def _certify(
    house: House, batch: Batch, judged: Judged, labelled: Sequence[tuple[float, bool]]
) -> Certificate:
    """Compute the threshold and keep it."""
    confidences = [judgment.p for judgment in judged.judgments if judgment.p is not None]
    terms = batch.spec.guarantee
    certificate = certify(confidences, labelled, 1 - terms.agreement, 1 - terms.confidence)
    house.store.put(_certificate_name(batch), certificate.model_dump_json().encode())
    return certificate


def _certificate_name(batch: Batch) -> str:
    parts = (names_of(batch).judgments, batch.spec.guarantee.model_dump())
    return dataset_name(batch, "certificate", *parts) + ".json"


def _judgment(answer: Answer) -> Judgment:
    """A person's answer as a record."""
    return Judgment(
        subject_id=answer.item_id,
        kind=JudgeKind.PERSON,
        judge=answer.reviewer,
        criterion="preference",
        verdict=answer.verdict,
        rationale=answer.comment,
        provenance=Provenance(people=(answer.reviewer,), simulated=answer.simulated),
    )


def _tasks(judged: Judged, wanted: dict[str, Purpose], batch: Batch) -> list[NewTask]:
    """Review tasks for pairs, the least certain first."""
    certainty = {judgment.subject_id: judgment.p or 0.5 for judgment in judged.judgments}
    return [
        NewTask(
            item_id=pair.id,
            purpose=wanted[pair.id],
            prompt=pair.prompt,
            a=pair.a,
            b=pair.b,
            instructions=INSTRUCTIONS,
            priority=1 - certainty.get(pair.id, 0.5),
            overlap=batch.spec.review.overlap,
        )
        for pair in judged.pairs
        if pair.id in wanted
    ]


async def _ask(conn: Connection, batch: Batch, tasks: Sequence[NewTask], done: str) -> None:
    """Create the tasks; with nothing to answer, publish at once what the last answer would."""
    if await create_tasks(conn, batch.id, tasks) == 0:
        await outbox.publish(conn, done, batch.id, {})


def _routing_facts(
    judged: Judged,
    routed: Routed,
    certificate: Certificate,
    tasks: Sequence[NewTask],
    labelled: set[str],
) -> dict[str, object]:
    """The figures of the routing."""
    asked = labelled | {task.item_id for task in tasks}
    trusted = decided_by_judge(routed)
    return {
        "auto_accepted": sum(pair_id not in asked for pair_id in trusted),
        "to_people": len(asked),
        "human_share": round(len(asked) / max(len(judged.pairs), 1), 4),
        "calibration_labels": certificate.labels,
        "threshold": certificate.threshold,
        "guaranteed_risk": certificate.target_risk,
        "labels_needed": certificate.labels_needed,
        "certificate": certificate.model_dump(mode="json", exclude={"path"}),
    }
