"""One start of vLLM serves all that is tested of it: it takes half a minute."""

import asyncio

import psutil
import pytest

from ingot.errors import ModelError
from judging.rewards.transformers import TransformersRewardModel
from judging.rewards.vllm import VllmRewardModel

TOLERANCE = 1e-4
"""Of scores about 1 apart, between two implementations in float32."""


async def test_vllm_agrees_with_transformers_and_its_end_is_told(make_reward_model, talk):
    # The token that ends a turn is the padding too, where the two would read at different tokens.
    folder = make_reward_model(2, pad_token_id=1)
    talks = [talk("so " * (n % 7) + str(n)) for n in range(40)]
    talks += [talk("so " * 300), ()]
    weights = (0.25, -1.0)
    async with TransformersRewardModel(folder, weights=weights) as model:
        wanted = await model.score(talks)
    async with VllmRewardModel(folder, weights=weights) as model:
        found = await model.score(talks)
        await check_cancelled_calls_leave_no_answer(model, talks, found)
        child = psutil.Process(model._process.pid)
        child.kill()
        with pytest.raises(ModelError, match="vLLM stopped while serving"):
            await model.score(talks)
    assert [r.score for r in found[:40]] == pytest.approx(
        [r.score for r in wanted[:40]], abs=TOLERANCE
    )
    assert [r.failure for r in found] == [r.failure for r in wanted]
    assert [r.tokens for r in found] == [r.tokens for r in wanted]


async def check_cancelled_calls_leave_no_answer(model, talks, wanted):
    cancelled = asyncio.create_task(model.score(talks))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    cancelled.cancel()
    again = await model.score(talks[3:5])
    assert [r.score for r in again] == pytest.approx([r.score for r in wanted[3:5]], abs=TOLERANCE)


async def test_a_model_must_be_started(reward_folder, talk):
    with pytest.raises(ModelError, match="async with"):
        await VllmRewardModel(reward_folder).score([talk("42")])
