"""What the report is made of, read leniently: every figure may be missing, and then it is None."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ConfigDict, Field

from ingot.records import Model
from services.report.legible import legible

MAX_TEXT_CHARS = 1_200
"""As much of an example's text as the page shows."""


class Lenient(Model):
    """Base of what others wrote: fields that the report does not know are passed over."""

    model_config = ConfigDict(extra="ignore")


class Range(Lenient):
    """An interval of a proportion."""

    low: float
    high: float


class AuditFacts(Lenient):
    """What people said of the random share of the judge's own verdicts."""

    agreement: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    errors: int = 0
    method: str = "exact"
    """exact or prediction_powered: which interval `low` and `high` are."""
    at_every_look: tuple[float, float] | None = None


class DelayFacts(Lenient):
    """How soon the audit finds so much disagreement, in 90 % of the cases."""

    disagreement: float
    items: int | None = None


class DriftFacts(Lenient):
    """One check for drift."""

    subject: str
    name: str
    verdict: str
    reason: str = ""


class KnownRight(Lenient):
    """Delivered pairs that the lab's own answer key confirms."""

    right: int
    total: int


class Facts(Lenient):
    """The summary of a batch."""

    model: str | None = None
    """Which model wrote, as the order names it."""
    instructions: int | None = None
    instructions_rejected: dict[str, int] | None = None
    completions: int | None = None
    tokens_per_second: float | None = None
    engine_requests: int | None = None
    engine_tokens: int | None = None
    pairs: int | None = None
    verified: int | None = None
    auto_accepted: int | None = None
    to_people: int | None = None
    human_share: float | None = None
    calibration_labels: int | None = None
    threshold: float | None = None
    guaranteed_risk: float | None = None
    labels_needed: int | None = None
    audit_agreement: AuditFacts | None = None
    audit_alarm: bool | None = None
    audit_alarm_items: int | None = None
    audit_detects: tuple[DelayFacts, ...] = ()
    drift: tuple[DriftFacts, ...] = ()
    judge_revoked: str | bool | None = None
    decided_by: dict[str, int] | None = None
    undecided: dict[str, int] | None = None
    dropped: dict[str, int] | None = None
    delivered: int | None = None
    delivery_uri: str | None = None
    pass_at_1_before: float | None = None
    pass_at_1_after: float | None = None
    lift: float | None = None
    lift_interval: tuple[float, float] | None = None
    held_out_prompts: int | None = None
    pass_at_1_by_domain: dict[str, tuple[float | None, float | None]] | None = None
    training_rows: int | None = None
    seconds_by_stage: dict[str, float] | None = None
    simulated_reviewers: bool | None = None
    known_right: KnownRight | None = None

    @property
    def routed(self) -> bool:
        """Whether the threshold was computed at all; None may be its outcome."""
        return "threshold" in self.model_fields_set


class CurveBin(Lenient):
    """Labelled pairs of about the same confidence."""

    low: float
    high: float
    count: int
    mean_confidence: float | None = None
    agreement: float | None = None
    interval: Range


class CertificateFacts(Lenient):
    """What the judge may decide alone, and on what grounds."""

    target_risk: float
    delta: float
    threshold: float | None = None
    n: int = 0
    k: int = 0
    coverage: float = Field(default=0.0)
    labels: int = 0
    labels_needed: int | None = None


class Example(Lenient):
    """One delivered row, as text."""

    prompt: str
    chosen: str
    rejected: str
    source: str = ""
    confidence: float | None = None
    domain: str = ""


def read_example(row: Mapping[str, Any]) -> Example:
    """An example from a row whose parts are texts or lists of messages."""
    texts = {name: _text(row.get(name, "")) for name in ("prompt", "chosen", "rejected")}
    return Example.model_validate({**row, **texts})


def _text(value: object) -> str:
    if isinstance(value, str):
        return legible(value, MAX_TEXT_CHARS)
    turns = [turn for turn in _turns(value) if isinstance(turn, Mapping)]
    if len(turns) == 1:
        return legible(str(turns[0].get("content", "")), MAX_TEXT_CHARS)
    told = "\n\n".join(f"{turn.get('role')}: {turn.get('content')}" for turn in turns)
    return legible(told, MAX_TEXT_CHARS)


def _turns(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()
