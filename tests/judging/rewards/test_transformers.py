import math

import pytest

from ingot.errors import ModelError
from ingot.records import Message
from ingot.settings import MODELS
from judging.rewards.transformers import TransformersRewardModel

TOLERANCE = 2e-5
"""Of scores about 1 apart: what float32 loses by adding up in another order."""
ANSWERS = ["42", "It is 42.", "so " * 40 + "42", "I do not know, sorry about that.", "4" * 30] * 3


@pytest.fixture
async def model(reward_folder):
    async with TransformersRewardModel(reward_folder) as model:
        yield model


def scores(rewards):
    return [reward.score for reward in rewards]


async def alone(model, talks):
    return [(await model.score([each]))[0].score for each in talks]


async def test_a_score_is_the_same_alone_and_in_any_batch(reward_folder, talk):
    talks = [talk(answer) for answer in ANSWERS]
    async with TransformersRewardModel(reward_folder) as model:
        single = await alone(model, talks)
        together = scores(await model.score(talks))
    async with TransformersRewardModel(reward_folder, batch_tokens=100) as small:
        portions = scores(await small.score(talks[::-1]))[::-1]
    assert together == pytest.approx(single, abs=TOLERANCE)
    assert portions == pytest.approx(single, abs=TOLERANCE)
    assert max(single) - min(single) > 0.5  # the model tells answers apart


@pytest.mark.parametrize("padding", [None, 1, 500])
async def test_whatever_the_padding_the_score_is_read_at_the_end(make_reward_model, talk, padding):
    """Without padding, with the end of a turn as padding, with another token."""
    talks = [talk(answer) for answer in ANSWERS[:5]]
    async with TransformersRewardModel(make_reward_model(pad_token_id=padding)) as model:
        single = await alone(model, talks)
        assert scores(await model.score(talks)) == pytest.approx(single, abs=TOLERANCE)


async def test_equal_weights_score_equally_whatever_they_pad_with(make_reward_model, talk):
    talks = [talk(answer) for answer in ANSWERS[:5]]
    found = []
    for padding in (None, 0):
        async with TransformersRewardModel(make_reward_model(pad_token_id=padding)) as model:
            found.append(scores(await model.score(talks)))
    assert found[0] == pytest.approx(found[1], abs=TOLERANCE)


async def test_heads_are_picked_or_weighed(make_reward_model, talk):
    folder, talks = make_reward_model(3), [talk("42"), talk("43")]
    heads = []
    for weights in [(1, 0, 0), (0, 1, 0), (0, 0, 1), (0.5, -2, 0)]:
        async with TransformersRewardModel(folder, weights=weights) as model:
            heads.append(scores(await model.score(talks)))
    mixed = [0.5 * a - 2 * b for a, b in zip(heads[0], heads[1], strict=True)]
    assert heads[3] == pytest.approx(mixed, abs=TOLERANCE)


async def test_wrong_number_of_weights_is_a_failure_that_says_so(make_reward_model, talk):
    async with TransformersRewardModel(make_reward_model(3)) as model:
        (reward,) = await model.score([talk("42")])
    assert reward.score is None
    assert "one weight for each of the model's 3 heads" in reward.failure


async def test_too_long_is_refused_and_hurts_no_other(model, talk):
    long, short = await model.score([talk("so " * 300), talk("42")])
    assert long.score is None
    assert "the model takes 256" in long.failure
    assert short.score is not None


@pytest.mark.parametrize("turns", [(), (Message(role="user", content="a" * 10_000),)])
async def test_what_cannot_be_scored_has_no_score(model, turns):
    (reward,) = await model.score([turns])
    assert (reward.score, reward.failure != "") == (None, True)


async def test_broken_weights_give_failures_not_scores(make_reward_model, talk):
    async with TransformersRewardModel(make_reward_model()) as model:
        model._network.score.weight.data.fill_(math.nan)
        (reward,) = await model.score([talk("42")])
    assert (reward.score, reward.failure) == (None, "the model answered nan, which is no reward")


async def test_bfloat16_is_another_model_of_about_the_same_scores(reward_folder, talk):
    talks = [talk(answer) for answer in ANSWERS[:5]]
    async with TransformersRewardModel(reward_folder) as exact:
        full = scores(await exact.score(talks))
    async with TransformersRewardModel(reward_folder, dtype="bfloat16") as model:
        half = scores(await model.score(talks))
    assert exact.name != model.name
    assert half == pytest.approx(full, abs=0.5)


async def test_a_model_without_a_head_is_refused():
    with pytest.raises(ModelError, match=r"no weights for \['score.weight'\]"):
        async with TransformersRewardModel(str(MODELS / "judge")):
            pass


def test_a_folder_without_a_model_is_refused():
    with pytest.raises(ModelError, match="no model at /nowhere"):
        TransformersRewardModel("/nowhere")


async def test_a_model_must_be_started(reward_folder, talk):
    with pytest.raises(ModelError, match="async with"):
        await TransformersRewardModel(reward_folder).score([talk("42")])


async def test_no_conversations_no_rewards(model):
    assert await model.score([]) == []
