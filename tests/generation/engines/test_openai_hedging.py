import asyncio

import pytest
from fixtures_endpoints import Reply, Script, completion

from generation.engines.openai import OpenAIEngine
from generation.engines.openai.hedging import Hedge
from ingot.engine import Request
from ingot.records import Message, Sampling


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


async def warm(took_s: float, answers: int) -> tuple[Hedge, Clock]:
    """A hedge that has seen so many answers."""
    clock = Clock()
    hedge = Hedge(clock)

    async def send() -> bytes:
        clock.now_s += took_s
        return b"quick"

    for _ in range(answers):
        await hedge.fly(send)
    return hedge, clock


async def test_what_takes_long_is_known_after_fifty_answers() -> None:
    assert (await warm(2.0, 49))[0].late_s() is None
    assert (await warm(2.0, 50))[0].late_s() == pytest.approx(6.0)
    assert (await warm(0.1, 50))[0].late_s() == 5.0


async def test_a_late_request_is_sent_again_and_the_first_answer_counts() -> None:
    hedge, clock = await warm(0.1, 50)
    sent, cancelled = [], asyncio.Event()

    async def send() -> bytes:
        sent.append(clock.now_s)
        if len(sent) == 2:
            return b"second"
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()
        return b"never"

    flying = asyncio.create_task(hedge.fly(send))
    for after_s, times in ((4.9, 1), (0.2, 2), (60, 2)):
        await asyncio.sleep(0)
        clock.now_s += after_s
        hedge.look()
        await asyncio.sleep(0)
        assert len(sent) == times
    assert await flying == b"second"
    await cancelled.wait()
    assert hedge.hedged == 1


async def test_one_of_two_that_fails_leaves_it_to_the_other() -> None:
    hedge, clock = await warm(0.1, 50)
    sent: list[asyncio.Future[bytes]] = []

    async def send() -> bytes:
        sent.append(asyncio.get_running_loop().create_future())
        return await sent[-1]

    flying = asyncio.create_task(hedge.fly(send))
    await asyncio.sleep(0)
    clock.now_s += 6
    hedge.look()
    await asyncio.sleep(0)
    sent[0].set_exception(ValueError("broken"))
    await asyncio.sleep(0)
    sent[1].set_result(b"good")
    assert await flying == b"good"


async def test_few_are_sent_twice() -> None:
    hedge, clock = await warm(0.1, 90)

    async def hang() -> bytes:
        await asyncio.sleep(60)
        return b""

    flying = [asyncio.create_task(hedge.fly(hang)) for _ in range(10)]
    await asyncio.sleep(0)
    clock.now_s += 100
    hedge.look()
    assert hedge.hedged == 2  # of 100 requests
    for each in flying:
        each.cancel()


async def test_the_engine_does_not_wait_for_one_that_hangs(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("generation.engines.openai.hedging.LEAST_DELAY_S", 0.05)
    monkeypatch.setattr("generation.engines.openai.engine.LOOK_INTERVAL_S", 0.01)
    endpoint = await script(*[completion()] * 60, Reply(after_s=60), completion())
    request = Request((Message(role="user", content="Hm?"),), Sampling())
    async with OpenAIEngine("m", endpoint.url) as engine:
        said = [await engine.generate(request) for _ in range(61)]
    assert all(answer.text == "44" for answer in said)
    assert (engine.hedged, engine.retries, engine.requests) == (1, 0, 61)
