"""From verdicts to preferences: who decided each pair, or why nobody did."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from ingot.records import JudgeKind, Judgment, Pair, Preference
from judging.guarantee.threshold import Certificate
from judging.people.aggregate import Decision
from judging.routing import Routed


class Undecided(StrEnum):
    """Why a pair became no preference."""

    NO_PREFERENCE = "no_preference"
    """People, or the verifier, call it a tie."""
    NO_MAJORITY = "no_majority"
    """People disagree; one more answer would help."""
    NO_ANSWER = "no_answer"
    """It was for people to decide, and nobody did."""


@dataclass(frozen=True, slots=True)
class NonDecision:
    """A pair that became no preference."""

    pair_id: str
    reason: Undecided


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of all pairs; every pair is in one of the two."""

    preferences: tuple[Preference, ...]
    undecided: tuple[NonDecision, ...]


@dataclass(frozen=True, slots=True)
class _Verdict:
    """A side, who chose it, and what that does to the provenance."""

    side: Literal["A", "B"]
    source: JudgeKind
    confidence: float
    marks: dict[str, Any]
    parents: tuple[str, ...] = ()


def build_preferences(
    pairs: Sequence[Pair],
    routed: Routed,
    judgments: Iterable[Judgment],
    decisions: Iterable[Decision],
    certificate: Certificate,
) -> Outcome:
    """Decide every pair: the verifier first, then people, then the judge where it was accepted."""
    judged = {judgment.subject_id: judgment for judgment in judgments}
    answered = {decision.pair_id: decision for decision in decisions}
    accepted = {route.pair_id for route in routed.auto_accepted}
    preferences, undecided = [], []
    for pair in pairs:
        judgment = judged.get(pair.id) if pair.id in accepted else None
        verdict = _verdict(pair, answered.get(pair.id), judgment, certificate)
        if isinstance(verdict, Undecided):
            undecided.append(NonDecision(pair.id, verdict))
        else:
            preferences.append(_preference(pair, verdict))
    return Outcome(tuple(preferences), tuple(undecided))


def _verdict(
    pair: Pair, decision: Decision | None, judgment: Judgment | None, certificate: Certificate
) -> _Verdict | Undecided:
    if pair.verified:
        return _from_verifier(pair)
    if decision is not None and decision.reason != "no_answer":
        return _from_people(decision)
    if judgment is not None and judgment.p is not None:
        marks = {"judge": judgment.judge, "calibration_id": certificate.calibration_id}
        side: Literal["A", "B"] = "A" if judgment.verdict == "A" else "B"
        return _Verdict(side, JudgeKind.JUDGE, judgment.p, marks, (judgment.id,))
    return Undecided.NO_ANSWER


def _from_verifier(pair: Pair) -> _Verdict | Undecided:
    if pair.verified == "A" or pair.verified == "B":
        return _Verdict(pair.verified, JudgeKind.VERIFIER, 1.0, {})
    return Undecided.NO_PREFERENCE


def _from_people(decision: Decision) -> _Verdict | Undecided:
    if decision.verdict == "":
        return Undecided.NO_MAJORITY
    if decision.verdict == "tie":
        return Undecided.NO_PREFERENCE
    assert decision.confidence is not None  # people who chose a side gave it one
    marks = {
        "people": decision.people,
        "simulated": decision.simulated,
        "guideline_version": decision.guideline_version,
    }
    return _Verdict(
        decision.verdict, JudgeKind.PERSON, decision.confidence, marks, decision.answer_ids
    )


def _preference(pair: Pair, verdict: _Verdict) -> Preference:
    chosen, rejected = (pair.a, pair.b) if verdict.side == "A" else (pair.b, pair.a)
    ids = (pair.a_id, pair.b_id) if verdict.side == "A" else (pair.b_id, pair.a_id)
    parents = (*pair.provenance.parents, pair.id, *verdict.parents)
    return Preference(
        prompt=pair.prompt,
        chosen=chosen,
        rejected=rejected,
        domain=pair.domain,
        source=verdict.source,
        confidence=verdict.confidence,
        instruction_id=pair.instruction_id,
        chosen_id=ids[0],
        rejected_id=ids[1],
        provenance=pair.provenance.model_copy(update={**verdict.marks, "parents": parents}),
    )
