"""What a batch's quality is said to be, and whether that meets the terms."""

from typing import Annotated, Any

from pydantic import Field

from ingot.orders.contract import Terms
from ingot.records import Model

SUMMARY_KEY = "quality"
"""Where a batch's summary holds it."""
Coefficient = Annotated[float, Field(ge=-1, le=1)]


class Alpha(Model):
    """Krippendorff's alpha of those who answered, with a bootstrap interval at 95 %."""

    estimate: Coefficient | None = None
    low: Coefficient | None = None
    high: Coefficient | None = None
    items: int = 0
    """Answered by two people or more."""
    why: str = ""
    """Why there is none; '' where there is one."""


class JudgeHuman(Model):
    """How the judge agrees with people on items that both decided."""

    kappa: Coefficient | None = None
    """Cohen's; None where it is not defined."""
    agreement: Annotated[float, Field(ge=0, le=1)] | None = None
    low: Annotated[float, Field(ge=0, le=1)] | None = None
    high: Annotated[float, Field(ge=0, le=1)] | None = None
    items: int = 0


class Quality(Model):
    """The figures of a batch that terms speak of."""

    alpha: Alpha = Alpha(why="no two people answered the same items")
    judge_human: JudgeHuman = JudgeHuman()
    simulated: bool = False
    """Whether programs answered in people's place."""


def quality_of(summary: dict[str, Any]) -> Quality:
    """What a batch's summary holds of its quality."""
    return Quality.model_validate(summary.get(SUMMARY_KEY, {}))


def shortfalls(quality: Quality, terms: Terms) -> list[str]:
    """Why a calibration batch does not meet the terms; empty where it does."""
    faults = []
    if quality.alpha.low is None:
        faults.append(f"alpha is not known: {quality.alpha.why or 'no interval was computed'}")
    elif quality.alpha.low < terms.min_alpha:
        faults.append(
            f"alpha's lower bound {quality.alpha.low:.3f} is below min_alpha {terms.min_alpha}"
        )
    if quality.judge_human.kappa is None:
        faults.append("the judge's agreement with people (kappa) is not recorded")
    return faults
