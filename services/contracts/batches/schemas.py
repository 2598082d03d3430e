"""What labs send and get about batches and items."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from ingot.orders import BatchState
from ingot.records import Model
from services.contracts.batches.quality import Quality
from services.web.paging import Page

Decision = Literal["accepted", "rejected"]
ReasonCode = Literal[
    "wrong",
    "unsafe",
    "off_guideline",
    "duplicate",
    "contaminated",
    "low_quality",
    "format",
    "other",
]
Note = Annotated[str, Field(max_length=2000)]
ItemId = Annotated[str, Field(min_length=1, max_length=128)]
Status = Literal["undecided", "accepted", "rejected"]


class Mark(Model):
    """A decision on an item, null to take one back. It counts once the batch is decided on."""

    decision: Decision | None
    reason_code: ReasonCode | None = None
    note: Note = ""

    @model_validator(mode="after")
    def _reason_where_rejected(self) -> "Mark":
        if (self.decision == "rejected") != (self.reason_code is not None):
            raise ValueError("reason_code goes with decision 'rejected', and with no other")
        return self


class ItemDecision(Mark):
    """A decision on one of many items."""

    item_id: ItemId


class Decisions(Model):
    """Decisions on many items at once."""

    decisions: Annotated[tuple[ItemDecision, ...], Field(min_length=1, max_length=10_000)]


class Rejection(Model):
    """Why a batch, or some of it, is rejected."""

    reason_code: ReasonCode
    note: Note = ""
    item_decisions: Annotated[tuple[ItemDecision, ...], Field(max_length=10_000)] = ()
    """The items that are rejected; those not named here or marked before are accepted. None
    rejects the whole batch."""
    file_path: str = ""
    """A file sent to POST /v1/files instead, each line an item decision."""

    @model_validator(mode="after")
    def _either(self) -> "Rejection":
        if self.item_decisions and self.file_path:
            raise ValueError("name item_decisions or file_path, not both")
        return self


class ItemView(Model):
    """A delivered item."""

    n: int
    """Its place in the batch, from 1."""
    item_id: str
    content: Any
    units: int
    status: Status
    reason_code: str
    note: str


class ItemPage(Model):
    """A page of items in the batch's order."""

    data: tuple[ItemView, ...]
    has_more: bool
    next: Annotated[int | None, Field(description="Give it as `starting_after`; null at the end.")]


class RequestCounts(Model):
    """Items of a batch."""

    total: int
    accepted: int
    rejected: int
    undecided: int
    units: int


class ManifestView(Model):
    """What a batch is, signed: `signature` is over the bytes of `body`."""

    batch_id: str
    body: str
    """JSON, to be read after checking."""
    sha256: str
    key_id: str
    """Of GET /v1/signing-keys."""
    ed25519: str
    """The signature in base64."""


class QualityView(Model):
    """The figures of a batch."""

    batch_id: str
    state: BatchState
    quality: Quality
    shortfalls: tuple[str, ...]
    """Where the terms are not met; empty where they are."""
    counts: RequestCounts
    reasons: dict[str, int]
    """Rejected items by reason."""
    production: dict[str, Any]
    """What the pipeline counted."""


class NewFeedback(Model):
    """What a lab's own evaluation says of a batch."""

    kind: Literal["evaluation", "comment"] = "comment"
    text: Annotated[str, Field(max_length=20_000)] = ""
    metrics: Annotated[
        dict[Annotated[str, Field(min_length=1, max_length=64)], float], Field(max_length=64)
    ] = Field(default={})
    """For example {"win_rate": 0.61}."""


class FeedbackView(Model):
    """Feedback as it was kept."""

    id: str
    batch_id: str
    body: NewFeedback
    author: str
    at: datetime


class FeedbackPage(Page[FeedbackView]):
    """A page of feedback, oldest first."""
