"""What a look at an answer can find, graded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["note", "review", "suspect"]
SEVERITIES: tuple[Severity, ...] = ("note", "review", "suspect")
"""From weak to strong. A note alone opens nothing; it is kept beside what does."""
Measured: TypeAlias = Mapping[str, float | int | str]


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing about an answer that a machine-written text would explain. It proves nothing."""

    rule: str
    """A key of `disclosure.SENTENCES`."""
    severity: Severity
    measured: Measured = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Limits:
    """From which value on a figure is a note, a review or a suspicion; None: never."""

    note: float
    review: float | None = None
    suspect: float | None = None

    def grade(self, value: float) -> Severity | None:
        """The gravest severity whose limit the value reaches; None below all."""
        reached = [
            name
            for name in SEVERITIES
            if (limit := getattr(self, name)) is not None and value >= limit
        ]
        return reached[-1] if reached else None
