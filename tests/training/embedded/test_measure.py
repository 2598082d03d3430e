import math
from random import Random

import pytest

from training.embedded.measure import (
    Question,
    Sampled,
    auroc,
    draw_pairs,
    pass_by_family,
    pass_rates,
    read_final,
)

QUESTIONS = [Question("What is 1 + 1?", "2", "add"), Question("Turn: a, b", "b, a", "reverse")]


def test_pass_rates_count_samples_and_questions() -> None:
    sampled = [Sampled(QUESTIONS[0], ["2", "3", None, "2"]), Sampled(QUESTIONS[1], ["a, b"] * 4)]
    assert pass_rates(sampled) == (0.25, 0.5)
    assert pass_by_family(sampled) == {"add": 0.5, "reverse": 0.0}


def test_pairs_need_a_right_and_a_wrong_sample() -> None:
    sampled = [Sampled(QUESTIONS[0], ["2", None]), Sampled(QUESTIONS[1], ["a, b"])]
    pairs = draw_pairs(sampled, Random(0))
    assert [(pair.right, pair.wrong) for pair in pairs] == [("2", "none")]


@pytest.mark.parametrize(
    ("reply", "final"), [("x\n#### 4", "4"), ("#### 4", "4"), ("x\n4", None), ("", None)]
)
def test_finals_are_read_from_the_last_line(reply: str, final: str | None) -> None:
    assert read_final(reply) == final


def test_auroc_is_the_share_of_ordered_pairs() -> None:
    assert auroc([0.9, 0.8, 0.1], [True, True, False]) == 1
    assert auroc([0.5, 0.5], [True, False]) == 0.5
    assert auroc([0.9, 0.2, 0.4], [True, False, True]) == 1
    assert math.isnan(auroc([0.4], [True]))
