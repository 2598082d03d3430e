"""The states of quotes, orders and batches, and which may follow which.

The database has the same tables (`legal_transition`) and refuses every other pair itself.
"""

from enum import StrEnum
from typing import Literal

from ingot.errors import StateError
from services.ordering.batches import LEGAL as BATCHES

Machine = Literal["quote", "order", "batch"]


class OrderState(StrEnum):
    """Where an order under contract stands."""

    PLACED = "placed"
    INSTRUCTIONS_REVIEW = "instructions_review"
    """Both sides work on the guidelines, until the lab approves a version."""
    CALIBRATING = "calibrating"
    """The calibration batch is made and looked at."""
    CALIBRATED = "calibrated"
    ACTIVE = "active"
    PAUSED = "paused"
    IN_DISPUTE = "in_dispute"
    COMPLETING = "completing"
    """Everything is delivered; something is not decided yet."""
    CLOSED = "closed"
    CANCELLED = "cancelled"


_ORDER: dict[str, tuple[str, ...]] = {
    "placed": ("instructions_review", "cancelled"),
    "instructions_review": ("calibrating", "active", "cancelled"),
    "calibrating": ("instructions_review", "calibrated", "cancelled"),
    "calibrated": ("active", "cancelled"),
    "active": ("paused", "in_dispute", "completing", "cancelled"),
    "paused": ("active", "cancelled"),
    "in_dispute": ("active", "cancelled"),
    "completing": ("active", "in_dispute", "closed", "cancelled"),
    "closed": (),
    "cancelled": (),
}
_QUOTE: dict[str, tuple[str, ...]] = {
    "issued": ("accepted", "expired", "withdrawn"),
    "accepted": (),
    "expired": (),
    "withdrawn": (),
}
MAKING = ("planned", "generating", "judging", "calibrating", "in_review", "assembling")
"""The states of a batch that is not delivered yet."""
UNDELIVERED = (*MAKING, "failed")
LEGAL: dict[Machine, dict[str, tuple[str, ...]]] = {
    "quote": _QUOTE,
    "order": _ORDER,
    "batch": {str(state): tuple(sorted(after)) for state, after in BATCHES.items()},
}
"""From each state, the states that may follow."""


def check(machine: Machine, name: str, before: str, after: str) -> None:
    """Raise StateError where a state may not follow, naming those that may."""
    allowed = LEGAL[machine][before]
    if after not in allowed:
        raise StateError(
            f"{machine} {name} is {before} and cannot become {after}; "
            f"from here: {', '.join(allowed) or 'nothing, it has ended'}"
        )
