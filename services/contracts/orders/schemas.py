"""What labs send and get about orders under contract."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from ingot.orders.contract import QuoteRequest, Share, Terms
from ingot.records import Model
from services.contracts.states import OrderState
from services.ordering.schemas import BatchView
from services.web.paging import Page

Note = Annotated[str, Field(max_length=2000)]
Metadata = Annotated[
    dict[Annotated[str, Field(min_length=1, max_length=64)], Annotated[str, Field(max_length=500)]],
    Field(max_length=32),
]


class Reason(Model):
    """Why."""

    reason: Note = ""


class MetadataChange(Model):
    """The lab's own notes on an order; they replace those before."""

    metadata: Metadata


class TermsChange(Model):
    """Terms to be changed; the others stay."""

    exclusive_until: date | None = None
    output_license: Annotated[str, Field(min_length=1, max_length=120)] = ""
    may_publish: bool = False
    named_customer_ok: bool = False
    retention_days: Annotated[int, Field(ge=1, le=3650)] = 365
    acceptance_days: Annotated[int, Field(ge=1, le=60)] = 7
    auto_accept: bool = False
    min_alpha: Annotated[float, Field(ge=-1, le=1)] = 0
    max_defect_rate: Share = 0
    remedy: Literal["makeup", "credit"] = "makeup"
    late_credit_pct: Annotated[float, Field(ge=0, le=100)] = 0
    late_credit_cap_pct: Annotated[float, Field(ge=0, le=100)] = 0
    pause_days: Annotated[int, Field(ge=0, le=366)] = 0

    @model_validator(mode="after")
    def _something(self) -> "TermsChange":
        if not self.model_fields_set:
            raise ValueError("name at least one term that is to be changed")
        return self


class NewAmendment(Model):
    """A change of the terms, to be signed by both sides."""

    change: TermsChange
    note: Note = ""


class AmendmentView(Model):
    """An amendment; it holds once both sides signed."""

    n: int
    change: dict[str, Any]
    note: str
    proposed_by: str
    signed_lab: str
    signed_us: str
    at: datetime


class Amendments(Model):
    """All amendments of an order, oldest first."""

    data: tuple[AmendmentView, ...]


class TermsView(Model):
    """The terms that hold, with the version of the order that they are in."""

    order_id: str
    version: int
    terms: Terms


class ContractView(Model):
    """An order under contract."""

    id: str
    quote_id: str
    state: OrderState
    allowed: tuple[OrderState, ...]
    """The states that may follow."""
    version: int
    request: QuoteRequest
    metadata: dict[str, str]
    currency: str
    total: int
    """Minor units, as quoted."""
    pause_days_left: float
    placed_at: datetime
    ended_at: datetime | None
    reason: str
    """Why it is in its state; '' where nobody said."""
    now: datetime
    """By the clock of this tenant, which in a rehearsal can be moved."""
    batches: tuple[BatchView, ...]


class ContractLine(Model):
    """An order under contract in a list."""

    id: str
    state: OrderState
    name: str
    total: int
    currency: str
    version: int
    placed_at: datetime


class ContractPage(Page[ContractLine]):
    """A page of orders under contract, newest first."""


class IncidentView(Model):
    """Something that went against the contract."""

    id: str
    order_id: str
    batch_id: str | None
    kind: Literal["late", "short", "quality", "terms"]
    detail: dict[str, Any]
    remedy: str
    """What was done about it; '' while it is open."""
    opened_at: datetime
    closed_at: datetime | None


class IncidentPage(Page[IncidentView]):
    """A page of incidents, newest first."""
