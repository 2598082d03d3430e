"""What an item can end in, and what it finds around it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from generation.flow.lane import Lane
from ingot.engine import Generated, ModelIdentity, Request
from ingot.journal import Journal
from ingot.records import Record, Sampling

Row = Mapping[str, object]


class Drop(Exception):  # an outcome, not an error
    """The item is not wanted; the reason is counted. Short words, the same for like cases."""


class Failed(Exception):  # an outcome, not an error
    """The item could not be made, because a request failed or its row is broken."""

    def __init__(self, cause: str, kind: str, retryable: bool) -> None:
        super().__init__(cause)
        self.kind, self.retryable = kind, retryable


class Encoder(Protocol):
    """Turns texts into rows of unit length (float32, one row per text)."""

    def encode(self, texts: list[str]) -> Any:
        """One row per text."""
        ...


Verify = Callable[[str, str, str], Awaitable[bool | None]]
"""(verifier, text, reference) -> right, wrong, or None where it cannot tell."""


@dataclass(frozen=True, slots=True)
class Aids:
    """What recipes borrow from other stages; whoever starts a run hands it in."""

    verify: Verify | None = None
    encoder: Encoder | None = None


@dataclass(frozen=True, slots=True)
class Draw:
    """One request of an item and what came of it."""

    key: str
    role: str
    engine: str
    """The engine's kind."""
    model: ModelIdentity
    step: str
    order: tuple[int, int]
    """(number of the ask within its item, sample): the order whatever the order of arrival."""
    request: Request
    answer: Generated


class Surroundings(Protocol):
    """What an item needs of the run around it."""

    lanes: Mapping[str, Sequence[Lane]]
    journal: Journal
    aids: Aids
    seed: int
    sampling: Sampling
    pool: Sequence[Row]

    async def accepted_before(self, index: int) -> Sequence[Sequence[Record]]:
        """The records of each item accepted among the first `index` ones, once it is decided."""
        ...
