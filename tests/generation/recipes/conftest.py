"""The one place where a model is replaced: an engine that says what a test wrote down."""

import asyncio
from collections.abc import Callable

import pytest

from ingot.engine import Generated, Request

Answer = Callable[[int, Request], str | Generated]


class ScriptedEngine:
    """Answers the n-th request with `answer(n, request)`; later ones first within a window."""

    kind, model, capacity = "scripted", "script", 8

    def __init__(self, answer: Answer) -> None:
        self.answer, self.asked = answer, list[Request]()

    async def generate(self, request: Request) -> Generated:
        number = len(self.asked)
        self.asked.append(request)
        for _ in range(self.capacity - number % self.capacity):
            await asyncio.sleep(0)
        said = self.answer(number, request)
        return said if isinstance(said, Generated) else Generated(text=said, finish_reason="stop")

    async def __aenter__(self) -> "ScriptedEngine":
        return self

    async def __aexit__(self, *error: object) -> None: ...


@pytest.fixture
def scripted() -> Callable[[Answer], ScriptedEngine]:
    """Make an engine from a script."""
    return ScriptedEngine
