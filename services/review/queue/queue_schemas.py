"""Queues as their makers and their reviewers see them."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from ingot.records import Model
from services.review.kinds.texts import LongText, Word
from services.review.queue.schemas import Json

KindName = Literal[
    "pairwise",
    "ranking",
    "attributes",
    "rating",
    "accept",
    "rewrite",
    "write",
    "turns",
    "trajectory",
    "facts",
]
Skill = Annotated[str, StringConstraints(pattern=r"^([a-z0-9][a-z0-9_-]{0,62})?$")]
Name = Annotated[Word, Field(max_length=120)]
Overlap = Annotated[int, Field(ge=1, le=15)]
Share = Annotated[float, Field(ge=0, le=1)]
LeaseS = Annotated[int, Field(ge=60, le=14_400)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Weight = Annotated[float, Field(gt=0, le=1_000_000)]
State = Literal["open", "paused", "closed"]


class NewQueue(Model):
    """A queue to make, with the first version of its guideline."""

    name: Name
    kind: KindName
    purpose: Literal["production", "training"] = "production"
    simulated_ok: bool = False
    """Whether programs may answer, marked as such."""
    overlap: Overlap = 1
    """How many reviewers answer a task."""
    max_overlap: Overlap | None = None
    """How many at most, where they disagree; by default nobody is added."""
    agree_share: Share = 0
    """Share of a task's answers that has to be the same, or one more is asked for; 0: never."""
    adjudicate: bool = False
    """Whether what stays in disagreement goes to an adjudicator."""
    lease_s: LeaseS = 900
    skill: Skill = ""
    """Needed to work here."""
    grants: Skill = ""
    """Of a training queue: the skill that passing gives."""
    test_items: Count = 0
    """Of a training queue: so many answers are a try at the skill."""
    pass_share: Share = 0.8
    gold_every: Count = 0
    """One claim in so many is gold, twice as many for who is new; 0: none."""
    pay_minor: Count = 0
    """For an answer, in minor units of the currency."""
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")] = "EUR"
    weight: Weight = 1
    """This queue's share of the tasks given out while several have some."""
    body: LongText = ""
    """The guideline in markdown."""
    rubric: Json = Field(default_factory=dict)
    """What an answer has to hold; {} is the kind's preset."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.max_overlap is not None and self.max_overlap < self.overlap:
            raise ValueError("max_overlap is below overlap")
        if (self.purpose == "training") != bool(self.grants):
            raise ValueError("a training queue names the skill it grants, and no other queue does")
        return self


class QueueChange(Model):
    """Terms of a queue to change; what is left out or null stays. Tasks keep their overlap."""

    name: Name | None = None
    state: State | None = None
    simulated_ok: bool | None = None
    overlap: Overlap | None = None
    max_overlap: Overlap | None = None
    agree_share: Share | None = None
    adjudicate: bool | None = None
    lease_s: LeaseS | None = None
    skill: Skill | None = None
    test_items: Count | None = None
    pass_share: Share | None = None
    gold_every: Count | None = None
    pay_minor: Count | None = None
    weight: Weight | None = None

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        if not self.model_dump(exclude_none=True):
            raise ValueError("this changes nothing: name a term, such as state")
        return self


class QueueOut(Model):
    """A queue as a reviewer sees it."""

    id: str
    name: str
    kind: str
    purpose: str
    state: str
    skill: str
    qualified: bool
    waiting: int
    """Tasks with a free place, counted up to 1,000."""
    pay_minor: int
    currency: str
    guideline_n: int


class Queues(Model):
    """The queues that concern the caller."""

    data: tuple[QueueOut, ...]


class QueueTerms(Model):
    """A queue with all its terms."""

    id: str
    order_id: str | None
    name: str
    kind: str
    purpose: str
    state: str
    simulated_ok: bool
    overlap: int
    max_overlap: int
    agree_share: float
    adjudicate: bool
    lease_s: int
    skill: str
    grants: str
    test_items: int
    pass_share: float
    gold_every: int
    pay_minor: int
    currency: str
    weight: float
    guideline_n: int
    created_at: datetime
