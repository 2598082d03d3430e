"""How a rehearsal's production behaves: on time and good, unless the lab wants to see otherwise."""

from typing import Annotated

from pydantic import Field

from ingot.records import Model

Number = Annotated[int, Field(ge=1, le=520)]


class BatchScenario(Model):
    """How one batch turns out."""

    late_days: float = Field(default=0, ge=0, le=365)
    """After its due time; 0 has it there half a day before."""
    missing_units: int = Field(default=0, ge=0, le=10_000_000)
    """Fewer than due."""
    copied_items: int = Field(default=0, ge=0, le=10_000)
    """Items that the last batch of any of your orders held already: see what comes of reuse."""
    alpha: float = Field(default=0.7, ge=-1, le=1)
    """Krippendorff's alpha of the people who answered."""
    alpha_halfwidth: float = Field(default=0.06, ge=0, le=1)
    kappa: float = Field(default=0.72, ge=-1, le=1)
    """Cohen's kappa of judge and people."""


class Scenario(Model):
    """How the batches of an order turn out; those not named are on time and good."""

    calibrations: Annotated[tuple[BatchScenario, ...], Field(max_length=20)] = ()
    """The first calibration batch, the second one, ..."""
    batches: dict[Number, BatchScenario] = Field(default={}, max_length=520)
    """Production batches by their number; makeup batches are always good."""
