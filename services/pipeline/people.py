"""What goes to people: the calibration sample, what the judge may not decide, and the audit."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ingot.orders import BatchState
from ingot.records import JudgeKind, Judgment, Pair, Provenance
from judging.audit.drift.check import DriftCheck, drifting
from judging.draws import draw_sample
from judging.evidence.reliability import calibration_curve
from judging.guarantee.threshold import Certificate
from judging.people.aggregate import Decision, decide_all
from judging.routing import Routed
from services.database import outbox
from services.database.pool import Connection, transaction
from services.ordering import batches
from services.ordering.batches import Batch
from services.pipeline import audit_repository
from services.pipeline.drift import drift_in_batch
from services.pipeline.evidence import Learned, learn_from_people
from services.pipeline.house import House
from services.pipeline.judge import Judged, names_of, read_judged
from services.pipeline.trust import certificate_name, decided_by_judge, new_tasks, route_batch
from services.review.tasks import Answer, NewTask, Purpose, answers, create_tasks, left_out


async def ask_calibration(house: House, batch: Batch) -> None:
    """Send a random sample of the open pairs to people; without open pairs, go on at once."""
    if batch.state is not BatchState.JUDGING:
        return
    judged = read_judged(house.store, batch)
    chosen = draw_sample(
        (pair.id for pair in judged.pairs if not pair.verified),
        batch.spec.guarantee.calibration_items,
        batch.spec.seed,
    )
    tasks = new_tasks(judged, {pair_id: "calibration" for pair_id in chosen}, batch)
    async with transaction(house.pool) as conn:
        await batches.transition(conn, batch.id, BatchState.CALIBRATING, actor="pipeline")
        await audit_repository.begin_calibration(conn, batch.id)
        await _ask(conn, batch, tasks, "batch.calibrated")


async def route(house: House, batch: Batch) -> None:
    """Certify the judge on the calibration answers and send to people what it may not decide.

    The certificate is not used where the promise of the order was broken since the sample was
    drawn, or where the judge did not treat the sample like the rest of the batch.
    """
    if batch.state is not BatchState.CALIBRATING:
        return
    judged = read_judged(house.store, batch)
    async with transaction(house.pool) as conn:
        given = await answers(conn, batch.id, "calibration")
        unanswerable = await left_out(conn, batch.id)
        await audit_repository.begin_calibration(conn, batch.id)
        standing = await audit_repository.calibration(conn, batch.id)
    assert standing is not None
    decisions = decisions_of(judged.pairs, given)
    learned = _learn(house, batch, judged, decisions)
    judged, certificate = Judged(judged.pairs, learned.judgments, judged.own), learned.certificate
    labelled = {decision.pair_id for decision in decisions}
    checks = drift_in_batch(batch, judged, labelled)
    refused = _refusal(certificate, standing["alarms"], checks)
    used = certificate.model_copy(update={"threshold": None}) if refused else certificate
    routed = route_batch(batch, judged, used)
    wanted: dict[str, Purpose] = {r.pair_id: "unsure" for r in routed.to_people}
    wanted |= {r.pair_id: "audit" for r in routed.audit}
    asked = labelled | unanswerable
    tasks = new_tasks(judged, {i: p for i, p in wanted.items() if i not in asked}, batch)
    async with transaction(house.pool) as conn:
        await batches.transition(conn, batch.id, BatchState.IN_REVIEW, actor="pipeline")
        if refused:
            await audit_repository.revoke(conn, batch.id, refused)
        else:
            await _trust(conn, batch, judged, routed, asked)
        facts = _routing_facts(judged, routed, certificate, tasks, asked)
        facts |= {"judge_revoked": refused} if refused else {}
        facts["calibration_curve"] = [
            bin_.model_dump(mode="json") for bin_ in calibration_curve(learned.points)
        ]
        facts["drift"] = [check.model_dump(mode="json") for check in checks]
        await batches.save_summary(conn, batch.id, facts)
        await _ask(conn, batch, tasks, "batch.reviewed")


def decisions_of(pairs: Sequence[Pair], given: Iterable[Answer]) -> list[Decision]:
    """What people's answers mean, for each pair that has any; an adjudicator's word stands."""
    by_pair: dict[str, list[Judgment]] = defaultdict(list)
    settled: dict[str, Judgment] = {}
    for answer in given:
        if answer.adjudicated:
            settled[answer.item_id] = _judgment(answer)
        else:
            by_pair[answer.item_id].append(_judgment(answer))
    answered = [pair for pair in pairs if pair.id in by_pair or pair.id in settled]
    return decide_all(answered, by_pair, settled)


def _refusal(certificate: Certificate, alarms: Sequence[str], checks: Sequence[DriftCheck]) -> str:
    """Why the certificate is not used: 'audit' or 'drift'; '' where it is, or covers nothing."""
    if certificate.threshold is None:
        return ""
    if alarms:
        return alarms[0]
    return "drift" if drifting(checks) else ""


async def _trust(
    conn: Connection, batch: Batch, judged: Judged, routed: Routed, asked: set[str]
) -> None:
    """Record what rests on the judge, for the audit to be held against."""
    said = {judgment.subject_id: judgment for judgment in judged.judgments}
    accepted = [item for item in decided_by_judge(routed) if item not in asked]
    audited = [said[r.pair_id] for r in routed.audit if r.pair_id not in asked]
    columns = {
        "item_id": [judgment.subject_id for judgment in audited],
        "verdict": [judgment.verdict for judgment in audited],
        "probability": [judgment.p for judgment in audited],
    }
    await audit_repository.trust(conn, batch.id, len(accepted), columns)


def _learn(house: House, batch: Batch, judged: Judged, decisions: Sequence[Decision]) -> Learned:
    """Put people's answers to the sample into probabilities and a certificate, and keep both."""
    learned = learn_from_people(
        judged.pairs, judged.own, decisions, batch.spec.guarantee, batch.spec.seed
    )
    house.store.write(names_of(batch).learned, Judgment, learned.judgments)
    house.store.put(certificate_name(batch), learned.certificate.model_dump_json().encode())
    return learned


def _judgment(answer: Answer) -> Judgment:
    """A person's answer as a record."""
    return Judgment(
        subject_id=answer.item_id,
        kind=JudgeKind.PERSON,
        judge=answer.reviewer,
        criterion="preference",
        verdict=answer.verdict,
        rationale=answer.comment,
        provenance=Provenance(
            people=(answer.reviewer,),
            simulated=answer.simulated,
            guideline_version=answer.guideline_n,
        ),
    )


async def _ask(conn: Connection, batch: Batch, tasks: Sequence[NewTask], done: str) -> None:
    """Create the tasks; with nothing to answer, publish at once what the last answer would."""
    if await create_tasks(conn, batch.id, tasks) == 0:
        await outbox.publish(conn, done, batch.id, {})


def _routing_facts(
    judged: Judged,
    routed: Routed,
    certificate: Certificate,
    tasks: Sequence[NewTask],
    asked: set[str],
) -> dict[str, object]:
    """The figures of the routing."""
    asked = asked | {task.item_id for task in tasks}
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
