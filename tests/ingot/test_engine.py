import asyncio
from collections.abc import Iterator

import pytest

from ingot.engine import Generated, Request, stream
from ingot.errors import ModelError
from ingot.records import Message, Sampling


class SlowEngine:
    """Takes longer for some requests, and remembers how many it had at once."""

    kind, model, capacity = "slow", "m", 4

    def __init__(self, *, dies_at: int = -1) -> None:
        self.flying = self.most = self.seen = 0
        self.dies_at = dies_at

    async def generate(self, request: Request) -> Generated:
        self.seen += 1
        if self.seen == self.dies_at:
            raise ModelError("gone")
        self.flying += 1
        self.most = max(self.most, self.flying)
        try:
            await asyncio.sleep(0.002 * (request.seed % 3))
        finally:
            self.flying -= 1
        return Generated(text=str(request.seed))

    async def __aenter__(self) -> "SlowEngine":
        return self

    async def __aexit__(self, *error: object) -> None: ...


def requests(count: int, drawn: list[int]) -> Iterator[Request]:
    for number in range(count):
        drawn.append(number)
        yield Request((Message(role="user", content="x"),), Sampling(), seed=number)


async def test_every_request_is_answered_under_its_index() -> None:
    engine = SlowEngine()
    said = {index: answer.text async for index, answer in stream(engine, requests(50, []))}
    assert said == {number: str(number) for number in range(50)}
    assert engine.most == engine.capacity


async def test_requests_are_drawn_only_as_fast_as_answered() -> None:
    engine, drawn = SlowEngine(), list[int]()
    async for _ in stream(engine, requests(50, drawn)):
        break
    assert len(drawn) <= 2 * engine.capacity


async def test_leaving_early_cancels_what_is_in_flight() -> None:
    engine = SlowEngine()
    answers = stream(engine, requests(50, []))
    await anext(answers)
    await answers.aclose()  # type: ignore[attr-defined]
    assert engine.flying == 0


async def test_a_dead_engine_ends_the_stream() -> None:
    with pytest.raises(ModelError, match="gone"):
        async for _ in stream(SlowEngine(dies_at=7), requests(50, [])):
            pass
