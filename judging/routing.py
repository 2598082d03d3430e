"""Routing: which pairs the judge decides alone, which ones people answer, and why.

Verified pairs need neither judge nor people. Of the others the judge keeps those that its
certificate covers; a random share of these goes to people all the same, as the audit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ingot.records import Judgment, Pair
from judging.draws import in_audit
from judging.guarantee.threshold import Certificate


class Reason(StrEnum):
    """Why a pair went where it went."""

    VERIFIED = "verified"
    ABOVE_THRESHOLD = "above_threshold"
    AUDIT = "audit"
    BELOW_THRESHOLD = "below_threshold"
    NO_CERTIFICATE = "no_certificate"
    """The judge is not certified for anything in this batch."""
    JUDGE_UNSURE = "judge_unsure"
    """The judge did not want to answer in the asked form."""
    JUDGE_FAILED = "judge_failed"
    NOT_JUDGED = "not_judged"


AUTOMATIC = (Reason.VERIFIED, Reason.ABOVE_THRESHOLD)


@dataclass(frozen=True, slots=True)
class Route:
    """Where one pair goes."""

    pair_id: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Routed:
    """All routes of a batch, each list in the order of the pairs."""

    auto_accepted: tuple[Route, ...]
    """Decided without people: verified, or by the judge above its threshold."""
    to_people: tuple[Route, ...]
    audit: tuple[Route, ...]
    """Those of `auto_accepted` that people answer too, without seeing the judge's verdict."""


def route(
    pairs: Sequence[Pair],
    judgments: Iterable[Judgment],
    certificate: Certificate,
    *,
    audit_share: float,
    seed: int,
) -> Routed:
    """Send every pair to exactly one of judge and people, and the audit sample to both."""
    judged = {judgment.subject_id: judgment for judgment in judgments}
    routes = [Route(pair.id, _reason(pair, judged.get(pair.id), certificate)) for pair in pairs]
    return Routed(
        auto_accepted=tuple(r for r in routes if r.reason in AUTOMATIC),
        to_people=tuple(r for r in routes if r.reason not in AUTOMATIC),
        audit=tuple(
            Route(r.pair_id, Reason.AUDIT)
            for r in routes
            if r.reason is Reason.ABOVE_THRESHOLD and in_audit(r.pair_id, audit_share, seed)
        ),
    )


def _reason(pair: Pair, judgment: Judgment | None, certificate: Certificate) -> Reason:
    if pair.verified:
        return Reason.VERIFIED
    if judgment is None:
        return Reason.NOT_JUDGED
    if judgment.p is None:
        return Reason.JUDGE_UNSURE if judgment.verdict == "unsure" else Reason.JUDGE_FAILED
    if certificate.threshold is None:
        return Reason.NO_CERTIFICATE
    accepted = certificate.accepts(judgment.p)
    return Reason.ABOVE_THRESHOLD if accepted else Reason.BELOW_THRESHOLD
