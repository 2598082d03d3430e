import asyncio

import pytest
from fixtures_endpoints import Script, completion

from generation.engines.openai import OpenAIEngine
from generation.engines.openai.limits import Allowance, Bucket, Budget
from ingot.engine import Request
from ingot.errors import ModelError, OrderError
from ingot.orders import Limits, Price, parse_order
from ingot.records import Message, Sampling

PRICE = Price(usd_per_million_prompt_tokens=1.0, usd_per_million_completion_tokens=10.0)
ASK = Request((Message(role="user", content="Hm?"),), Sampling(max_tokens=100))


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


async def waits(bucket: Bucket, units: float) -> bool:
    """Whether it must wait now."""
    taking = asyncio.create_task(bucket.take(units))
    await asyncio.sleep(0.001)
    taking.cancel()
    return not taking.done()


async def test_a_bucket_gives_its_rate_and_one_second_at_once() -> None:
    clock = Clock()
    bucket = Bucket(600, clock)
    await bucket.take(10)
    assert await waits(bucket, 1)
    clock.now_s += 0.1
    assert not await waits(bucket, 1)
    clock.now_s += 60
    await bucket.take(10)
    assert await waits(bucket, 1)


async def test_a_request_larger_than_the_bucket_passes_and_is_paid_off() -> None:
    clock = Clock()
    bucket = Bucket(600, clock)
    await bucket.take(30)
    clock.now_s += 2
    assert await waits(bucket, 1)
    clock.now_s += 0.1
    assert not await waits(bucket, 1)


async def test_what_was_estimated_too_high_is_given_back_to_who_waits() -> None:
    bucket = Bucket(600, Clock())
    await bucket.take(10)
    waiting = asyncio.create_task(bucket.take(5))
    await asyncio.sleep(0)
    bucket.give_back(6)
    await asyncio.wait_for(waiting, 10)
    bucket.give_back(-1)
    assert await waits(bucket, 1)


async def test_tokens_are_estimated_and_corrected() -> None:
    allowance = Allowance(Limits(tokens_per_minute=60_000), None)
    await allowance.take(400, 900)  # 100 + 900 tokens: one second's worth
    assert allowance._tokens is not None
    assert await waits(allowance._tokens, 500)
    allowance.settle(400, 900, prompt_tokens=100, completed=200)
    assert not await waits(allowance._tokens, 500)


async def test_nothing_is_sent_that_could_cost_more_than_is_left() -> None:
    budget = Budget(PRICE, 1.0)
    await budget.reserve(0.6)
    second = asyncio.create_task(budget.reserve(0.6))
    await asyncio.sleep(0)
    assert not second.done()
    budget.settle(0.6, 0.3)
    await second
    budget.settle(0.6, 0.5)
    with pytest.raises(ModelError, match=r"budget of \$1 is spent \(\$0\.8000 so far.*raise it"):
        await budget.reserve(0.3)
    await budget.reserve(0.2)


async def test_the_engine_counts_what_it_spends_and_stops(script: Script) -> None:
    endpoint = await script(completion())
    limits = Limits(max_usd=0.0012, requests_per_minute=60_000)
    async with OpenAIEngine("m", endpoint.url, price=PRICE, limits=limits) as engine:
        for _ in range(3):
            await engine.generate(ASK)
        assert engine.usd == pytest.approx(3 * (9 * 1.0 + 2 * 10.0) / 1e6)
        with pytest.raises(ModelError, match="is spent"):
            await asyncio.gather(*(engine.generate(ASK) for _ in range(20)))
        assert engine.usd < 0.0012


def test_a_budget_needs_a_price() -> None:
    terms = {"engine": "openai", "endpoint": "http://h/v1", "limits": {"max_usd": 1}}
    order = {"name": "n", "quantity": 1, "source": {"recipe": "write_instructions"}}
    with pytest.raises(OrderError, match=r"max_usd needs a price"):
        parse_order(order | {"generation": terms})
