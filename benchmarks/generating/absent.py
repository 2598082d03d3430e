"""Parts that do nothing, to see what the real ones cost."""

import asyncio
from types import TracebackType
from typing import Literal, Self

from generation.flow.outcome import Outcome
from generation.flow.shelf import Shelf
from ingot.engine import Generated, ModelIdentity, Request
from ingot.journal import Journal

TEXT = "The lamp went round and the storm went on. " * 24
"""About a kilobyte."""


class InstantEngine:
    """An engine that answers everything in the next turn of the loop."""

    kind: Literal["openai"] = "openai"
    identity = ModelIdentity("instant")
    model = identity.key
    capacity = 256

    async def generate(self, request: Request) -> Generated:
        """The same text for all."""
        await asyncio.sleep(0)
        return Generated(TEXT, "stop", 20, 200)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class NoJournal(Journal):
    """Keeps nothing and knows nothing."""

    def __init__(self) -> None: ...

    def __contains__(self, key: str) -> bool:
        return False

    def get(self, key: str) -> bytes | None:
        """Nothing."""
        return None

    def append(self, key: str, payload: bytes) -> None:
        """Forget it."""

    async def flush(self) -> None:
        """Nothing is pending."""


class NoShelf(Shelf):
    """Lays nothing down."""

    def __init__(self) -> None: ...

    def put(self, part: int, recipe: str, outcome: Outcome) -> None:
        """Forget it."""
