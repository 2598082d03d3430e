"""An engine that a test slows down and counts; it answers by what it is asked, never by when."""

import asyncio
from collections.abc import Callable
from random import Random

from ingot.engine import Generated, ModelIdentity, Request

Answer = Callable[[Request], Generated | str]


class CountingEngine:
    """Echoes the last message; `jitter` mixes up the order in which answers arrive."""

    kind = "counting"

    def __init__(
        self, answer: Answer | None = None, *, capacity: int = 8, jitter: int = 0, name: str = "m"
    ) -> None:
        self.identity = ModelIdentity(name)
        self.model, self.capacity = name, capacity
        self.asked: list[Request] = []
        self.flying = self.most_flying = 0
        self._answer, self._jitter, self._rng = answer, jitter, Random(jitter)

    async def generate(self, request: Request) -> Generated:
        self.asked.append(request)
        self.flying += 1
        self.most_flying = max(self.most_flying, self.flying)
        try:
            for _ in range(self._rng.randrange(self._jitter + 1)):
                await asyncio.sleep(0)
            said = self._answer(request) if self._answer else request.messages[-1].content
            return said if isinstance(said, Generated) else Generated(said, "stop", 3, 5)
        finally:
            self.flying -= 1

    async def __aenter__(self) -> "CountingEngine":
        return self

    async def __aexit__(self, *error: object) -> None: ...
