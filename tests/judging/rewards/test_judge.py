from math import exp

import pytest

from ingot.records import JudgeKind, Message, Provenance
from judging.judges.base import Answered
from judging.rewards.base import Reward
from judging.rewards.judge import RewardJudge, RewardPairJudge, rank, score_all
from judging.rewards.probability import BradleyTerry
from judging.rewards.transformers import TransformersRewardModel


class Lengths:
    """The seam of a model: its reward is an answer's length; it keeps what it was asked."""

    name = "lengths"

    def __init__(self):
        self.asked = []

    async def score(self, conversations):
        self.asked += conversations
        return [self.reward(each[-1].content) for each in conversations]

    @staticmethod
    def reward(text):
        if "poison" in text:
            return Reward(None, "too long", 9)
        return Reward(float(len(text)), tokens=len(text))


@pytest.fixture
def model():
    return Lengths()


def answered(text, name):
    prompt, answer = Message(role="user", content="?"), Message(role="assistant", content=text)
    return Answered(name, (prompt,), (answer,), provenance=Provenance(order_id="ord_1"))


async def test_a_pair_is_judged_by_its_lead(model, make_pair):
    pairs = [make_pair(a="xxxxx", b="xx"), make_pair(a="x", b="xx"), make_pair(a="ab", b="cd")]
    first, second, third = await RewardPairJudge(model, BradleyTerry(2.0)).judge(pairs)
    assert (first.verdict, first.score, first.kind) == ("A", 3, JudgeKind.REWARD)
    assert first.p == pytest.approx(1 / (1 + exp(-1.5)))
    assert (second.verdict, second.score) == ("B", -1)
    assert second.p == pytest.approx(1 / (1 + exp(-0.5)))
    assert (third.verdict, third.p, third.score) == ("tie", None, 0)
    assert first.rationale == "rewards 5 and 2"
    assert (first.subject_id, first.cost_tokens) == (pairs[0].id, 7)
    assert first.provenance.order_id == "ord_1"


async def test_both_answers_keep_their_own_rewards(model, make_pair):
    pairs = [make_pair(a="xxxxx", b="xx"), make_pair(a="xxxxx", b="poison")]
    both = await RewardPairJudge(model).judge_both(pairs)
    rewards = {j.subject_id: (j.score, j.verdict) for j in both.answers}
    assert rewards == {
        pairs[0].a_id: (5, "scored"),
        pairs[0].b_id: (2, "scored"),
        pairs[1].b_id: (None, ""),
    }
    assert len(model.asked) == 3  # what stands in two pairs is scored once


async def test_a_failure_is_never_a_score(model, make_pair):
    (judgment,) = await RewardPairJudge(model).judge([make_pair(a="poison", b="xx")])
    assert (judgment.verdict, judgment.p, judgment.score) == ("", None, None)
    assert judgment.rationale == "A: too long"
    (single,) = await RewardJudge(model).judge([answered("poison", "cmp_1")])
    assert (single.verdict, single.score, single.rationale) == ("", None, "too long")


async def test_single_answers_are_scored_in_their_order(model):
    seen = []
    items = [answered("x" * n, f"cmp_{n}") for n in (3, 1, 2)]
    judged = await RewardJudge(model).judge(items, lambda *step: seen.append(step))
    assert [(j.subject_id, j.score) for j in judged] == [("cmp_3", 3), ("cmp_1", 1), ("cmp_2", 2)]
    assert seen == [(3, 3)]


async def test_answers_are_ranked_and_failures_left_out(model):
    texts = {"a": "xx", "b": "xxxx", "c": "poison", "d": "yy"}
    items = [answered(text, name) for name, text in texts.items()]
    ranking = await rank(model, items[0].prompt, items)
    assert ranking.completion_ids == ("b", "a", "d")
    assert (ranking.ranks, ranking.scores) == ((1, 2, 2), (4, 2, 2))
    assert ranking.confidence == pytest.approx(exp(4) / (exp(4) + 2 * exp(2)))
    assert ranking.source == JudgeKind.REWARD


async def test_too_few_rewards_give_no_ranking(model):
    items = [answered("xx", "a"), answered("poison", "b")]
    assert await rank(model, items[0].prompt, items) is None


async def test_nothing_to_score(model):
    assert await score_all(model, []) == []
    assert await RewardPairJudge(model).judge([]) == []


def test_another_temperature_is_another_judge(model):
    assert RewardPairJudge(model).name != RewardPairJudge(model, BradleyTerry(2)).name


async def test_a_real_model_judges_pairs(reward_folder, make_pair):
    pairs = [make_pair(a=f"{n}", b=f"{n} so", name=f"ins_{n}") for n in range(5)]
    swapped = [make_pair(a=f"{n} so", b=f"{n}", name=f"ins_{n}") for n in range(5)]
    async with TransformersRewardModel(reward_folder) as model:
        one = await RewardPairJudge(model).judge(pairs)
        other = await RewardPairJudge(model).judge(swapped)
    assert [j.score for j in one] == pytest.approx([-j.score for j in other], abs=1e-4)
    assert [{"A": "B", "B": "A"}[j.verdict] for j in other] == [j.verdict for j in one]
