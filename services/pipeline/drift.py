"""Drift: a batch against its calibration sample and the batch before, people against before.

Every batch is calibrated on itself, so a batch of other prompts than the last one's breaks no
promise. What can break it is a change on the way through one batch: a judge that is not the one
which the sample was judged by, or people who answer otherwise than those who labelled the sample.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from ingot.records import Judgment, Pair
from judging.audit.drift.check import DriftCheck, Finding, settle
from judging.audit.drift.judge import Habits, compare_anchors, compare_habits
from judging.audit.drift.people import Answers, Share, compare_answers
from judging.audit.drift.prompts import Prompts, compare_prompts
from services.ordering.batches import Batch
from services.pipeline.judge import Judged
from services.review.tasks import Answer


def drift_in_batch(batch: Batch, judged: Judged, sample: Collection[str]) -> list[DriftCheck]:
    """Compare the calibration sample with the open pairs that are not in it."""
    return settle(
        _named("in the batch", _compare(_part(judged, sample, True), _part(judged, sample, False))),
        comparison=3 * batch.seq - 2,
    )


def drift_between(batch: Batch, before: Judged, after: Judged) -> list[DriftCheck]:
    """Compare a batch with an earlier one of its order; pairs that are in both are anchors."""
    findings = _compare(before, after)
    findings += compare_anchors(_verdicts(before.own), _verdicts(after.own))
    return settle(_named("since the last batch", findings), comparison=3 * batch.seq - 1)


def drift_of_people(
    batch: Batch, accepted: Collection[str], judged: Judged, given: Sequence[Answer]
) -> list[DriftCheck]:
    """Compare the answers of the calibration with those of the audit, on what the judge accepted.

    Both are random samples of these items, so nothing but people, or chance, makes a difference.
    """
    verdicts = _verdicts(judged.judgments)
    parts = [
        [a for a in given if a.purpose == purpose and a.item_id in accepted and not a.adjudicated]
        for purpose in ("calibration", "audit")
    ]
    before, after = (_answers(part, verdicts) for part in parts)
    findings = compare_answers(before, after)
    return settle(_named("in the batch", findings), comparison=3 * batch.seq)


def _compare(before: Judged, after: Judged) -> list[Finding]:
    prompts = compare_prompts(_prompts(before.pairs), _prompts(after.pairs))
    return prompts + compare_habits(Habits.of(before.own), Habits.of(after.own))


def _part(judged: Judged, sample: Collection[str], inside: bool) -> Judged:
    pairs = [p for p in judged.pairs if not p.verified and (p.id in sample) is inside]
    said = [judgment for judgment in judged.own if (judgment.subject_id in sample) is inside]
    return Judged(pairs, said, said)


def _prompts(pairs: Iterable[Pair]) -> Prompts:
    """The prompts of open pairs, each once."""
    unique = {pair.instruction_id: pair for pair in pairs if not pair.verified}.values()
    lengths = [sum(len(message.content) for message in pair.prompt) for pair in unique]
    return Prompts([pair.domain for pair in unique], lengths)


def _verdicts(judgments: Iterable[Judgment]) -> dict[str, str]:
    return {j.subject_id: j.verdict for j in judgments if j.p is not None}


def _answers(given: Sequence[Answer], verdicts: dict[str, str]) -> Answers:
    agreed = [answer.verdict == verdicts[answer.item_id] for answer in given]
    return Answers(
        with_each_other=_with_each_other(given),
        with_judge=(sum(agreed), len(agreed)),
        active_ms=[answer.active_ms for answer in given if answer.active_ms],
    )


def _with_each_other(given: Sequence[Answer]) -> Share:
    """Agreement of the first two answers to each item; more of one item are not independent."""
    by_item: dict[str, list[str]] = {}
    for answer in given:
        by_item.setdefault(answer.item_id, []).append(answer.verdict)
    twice = [verdicts for verdicts in by_item.values() if len(verdicts) > 1]
    return sum(verdicts[0] == verdicts[1] for verdicts in twice), len(twice)


def _named(where: str, findings: Iterable[Finding]) -> list[Finding]:
    """Findings whose names say what was compared."""
    return [replace(finding, name=f"{finding.name} {where}") for finding in findings]
