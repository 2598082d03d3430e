"""What became of an item, and the counts over all of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from generation.flow.surroundings import Draw
from ingot.records import Record


@dataclass(frozen=True, slots=True)
class Outcome:
    """An item that has ended, one way or the other."""

    index: int
    status: Literal["made", "dropped", "failed"]
    records: Sequence[Record] = ()
    reason: str = ""
    """dropped: the short reason; failed: the kind of failure."""
    detail: str = ""
    """failed: the cause in words."""
    retryable: bool = False
    """failed: whether running again may mend it."""
    row: Mapping[str, object] = field(default_factory=dict)
    draws: Sequence[Draw] = ()


@dataclass(slots=True)
class Tally:
    """Counts of one recipe's part of a run."""

    quantity: int
    started: int = 0
    settled: int = 0
    accepted: int = 0
    records: Counter[str] = field(default_factory=Counter)
    """Records by type."""
    dropped: Counter[str] = field(default_factory=Counter)
    """Items by reason."""
    failed: Counter[str] = field(default_factory=Counter)
    """Items by kind of failure."""

    def add(self, outcome: Outcome) -> None:
        """Count an item."""
        self.settled += 1
        if outcome.status == "made":
            self.accepted += 1
            self.records.update(type(record).__name__ for record in outcome.records)
        elif outcome.status == "dropped":
            self.dropped[outcome.reason] += 1
        else:
            self.failed[outcome.reason] += 1

    @property
    def acceptance(self) -> float:
        """Share of the items that are accepted, a little optimistic while few are known."""
        return (self.accepted + 8) / (self.settled + 8)
