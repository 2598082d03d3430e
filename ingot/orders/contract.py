"""The contract around an order: how much by when, on what terms, and what is asked to be priced."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ingot.orders.spec import OrderSpec
from ingot.records import Model

Unit = Literal["item", "turn", "conversation"]
Difficulty = Literal["mixed", "easy", "medium", "hard"]
Word = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_ .+#-]{0,62}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
"""A tag by BCP 47: en, pt-BR."""
Share = Annotated[float, Field(ge=0, le=1)]


class Coverage(Model):
    """What the data is to be about."""

    domains: tuple[Word, ...] = ()
    skills: tuple[Word, ...] = ()
    languages: Annotated[tuple[Language, ...], Field(min_length=1, max_length=40)] = ("en",)
    difficulty: Difficulty = "mixed"


class HumanShare(Model):
    """How much of it people look at."""

    floor: Share = 0
    """At least this share of the delivered items was answered by people."""
    ceiling: Share = 1
    """At most this share; what is left undecided is not delivered."""
    budget_minutes: int | None = Field(default=None, gt=0)
    """People's time for the whole order."""

    @model_validator(mode="after")
    def _floor_below_ceiling(self) -> "HumanShare":
        if self.floor > self.ceiling:
            raise ValueError(f"floor {self.floor} is above ceiling {self.ceiling}")
        return self


class Schedule(Model):
    """How the quantity is cut into batches, and when they are due."""

    batches: int = Field(default=1, ge=1, le=520)
    cadence_days: int = Field(default=7, ge=1, le=92)
    first_due_days: int = Field(default=14, ge=1, le=366)
    """From the day on which the calibration is through to the first batch."""
    calibration_items: int = Field(default=50, ge=0, le=5000)
    """Items of the batch on which both sides agree what is good; 0 for none."""

    def quantity_of(self, number: int, total: int) -> int:
        """Items of production batch `number` (from 1): parts as equal as whole items allow."""
        share, rest = divmod(total, self.batches)
        return share + (number <= rest)


class Terms(Model):
    """What both sides may and must."""

    reuse: Literal["exclusive", "shared"] = "shared"
    exclusive_until: date | None = None
    """None: for good."""
    output_license: str = Field(default="LicenseRef-Proprietary", min_length=1, max_length=120)
    """SPDX expression."""
    may_publish: bool = False
    named_customer_ok: bool = False
    retention_days: int = Field(default=365, ge=1, le=3650)
    acceptance_days: int = Field(default=7, ge=1, le=60)
    """The lab's time to accept or reject a delivered batch."""
    auto_accept: bool = False
    """Whether silence within that time accepts."""
    min_alpha: float = Field(default=0.4, ge=-1, le=1)
    """Krippendorff's alpha of the calibration batch: its lower bound must reach this."""
    max_defect_rate: Share = 0.05
    remedy: Literal["makeup", "credit"] = "makeup"
    """For rejected items: made anew, or taken off the order."""
    late_credit_pct: float = Field(default=2, ge=0, le=100)
    """Of a batch's price, for each day begun that it is late."""
    late_credit_cap_pct: float = Field(default=20, ge=0, le=100)
    pause_days: int = Field(default=14, ge=0, le=366)
    """Days in all for which the lab may pause at no cost."""

    @model_validator(mode="after")
    def _end_of_what_is_exclusive(self) -> "Terms":
        if self.exclusive_until is not None and self.reuse == "shared":
            raise ValueError("exclusive_until goes with reuse 'exclusive'")
        return self


class QuoteRequest(Model):
    """What a lab wants to be priced; `spec.quantity` is what is delivered in all."""

    spec: OrderSpec
    unit: Unit = "item"
    coverage: Coverage = Coverage()
    human: HumanShare = HumanShare()
    schedule: Schedule = Schedule()
    terms: Terms = Terms()

    @model_validator(mode="after")
    def _no_empty_batch(self) -> "QuoteRequest":
        if self.schedule.batches > self.spec.quantity:
            raise ValueError(
                f"schedule.batches {self.schedule.batches} is more than spec.quantity "
                f"{self.spec.quantity}: a batch has one item at least"
            )
        return self
