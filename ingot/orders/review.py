"""Who answers an order's review tasks, how many of them, and for what."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ingot.records import Model

Share = Annotated[float, Field(ge=0, le=1)]


class SimulatedHabits(Model):
    """How a simulated reviewer answers; what is not said is a steady and fair one."""

    accuracy: Share = 0.97
    """Share of its answers that equal the known truth, of those in which it looks."""
    accuracy_by_domain: dict[str, Share] = Field(default_factory=dict)
    """The same, where a domain is harder or easier for it."""
    seconds: float = Field(default=1.0, ge=0, le=3600)
    """Median time of an answer, as it is reported."""
    spread: float = Field(default=0.0, ge=0, le=3)
    """Standard deviation of the logarithm of that time; 0: always the same."""
    left_bias: Annotated[float, Field(ge=-1, le=1)] = 0.0
    """Share of its answers in which it takes the left one without looking; below 0: the right
    one."""
    tie_aversion: Share = 0.0
    """Share of its ties in which it names a side all the same."""
    length_bias: Share = 0.0
    """Share of its answers in which it takes the longer one without looking."""
    drops: Share = 0.0
    """Share of its leases that it gives back unanswered, as a closed tab does; such a task does not
    come back to it for ten minutes."""
    idle_seconds: float = Field(default=0.0, ge=0, le=3600)
    """Mean pause between two tasks, really waited."""
    real_time: bool = False
    """Whether it also waits for the time that an answer takes."""


class ReviewTerms(Model):
    """Who answers, how many, and for what."""

    reviewers: Literal["people", "simulated"] = "people"
    """simulated: programs answer through the same API, marked as simulated in every record."""
    simulated_accuracy: Share = 0.97
    """Share of the simulated answers that equal the known truth."""
    simulated_team: tuple[SimulatedHabits, ...] = Field(default=(), max_length=15)
    """The simulated reviewers, one by one, instead of `overlap` alike ones of that accuracy."""
    overlap: int = Field(default=1, ge=1, le=15)
    """Answers per task."""
    max_overlap: int | None = Field(default=None, ge=1, le=15)
    """Most answers per task, where people disagree; `overlap` where it is not given."""
    agree_share: Share = 0.0
    """Share of a task's answers that have to be the same; where they are not, one more person is
    asked, up to `max_overlap`. 0 asks nobody else."""
    adjudicate: bool = False
    """Whether an adjudicator decides what stays in disagreement."""
    gold_every: int = Field(default=0, ge=0, le=1000)
    """One in so many of a reviewer's tasks has a known answer; 0: none."""
    skill: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9_-]{0,62})?$")
    """What a reviewer must be qualified for; '' is nothing."""
    pay_minor: int = Field(default=0, ge=0, le=1_000_000)
    """Pay for an answer, in the currency's smallest unit."""
    currency: str = Field(default="EUR", pattern=r"^[A-Z]{3}$")
    weight: float = Field(default=1.0, gt=0, le=1000)
    """Of the tasks given out while several queues have some, this order's share. The operator's
    to raise."""
    guideline: str = Field(default="", max_length=100_000)
    """The first version of what reviewers go by, in markdown; '' is the platform's own."""

    @model_validator(mode="after")
    def _room_to_grow(self) -> Self:
        if self.max_overlap is not None and self.max_overlap < self.overlap:
            raise ValueError(f"max_overlap is below overlap: give {self.overlap} or more")
        return self

    @property
    def most_answers(self) -> int:
        """Most answers per task."""
        return self.overlap if self.max_overlap is None else self.max_overlap
