"""What a step says of each record: keep it (None), or drop it for a named reason.

Decisions are aligned with the records, not keyed by id: two rows of one content have one id, and
exactly one of them has to stay.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeAlias

from ingot.records import Message


class Reason(StrEnum):
    """Why a record is dropped."""

    EMPTY_PROMPT = "empty_prompt"
    EMPTY_COMPLETION = "empty_completion"
    SAME_COMPLETIONS = "same_completions"
    ROLES_OUT_OF_ORDER = "roles_out_of_order"
    NULL_BYTE = "null_byte"
    EXACT_DUPLICATE = "exact_duplicate"
    CONTAMINATED = "contaminated"
    NEAR_DUPLICATE = "near_duplicate"
    SEMANTIC_DUPLICATE = "semantic_duplicate"


@dataclass(frozen=True, slots=True)
class Drop:
    """A record that is left out."""

    record_id: str
    reason: Reason
    detail: str
    """What was measured or seen, for a person to check."""
    other_id: str = ""
    """The record that stays in its place, or `benchmark[row]`; '' where there is no other."""


Decisions: TypeAlias = list[Drop | None]
"""One entry per record, in the records' order; None keeps."""


class Prompted(Protocol):
    """A record that asks something; what the steps on prompts need of it."""

    @property
    def id(self) -> str:
        """The record's content id."""

    @property
    def prompt(self) -> Sequence[Message]:
        """The turns up to the one that is answered."""


def count_reasons(drops: Iterable[Drop]) -> dict[str, int]:
    """How many records each reason took, in the order of the reasons."""
    counts = Counter(drop.reason for drop in drops)
    return {reason.value: counts[reason] for reason in Reason if counts[reason]}
