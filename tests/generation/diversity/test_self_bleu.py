import math
from random import Random

import pytest

from generation.diversity.self_bleu import self_bleu


def score(*texts: str) -> float:
    return self_bleu(texts, 500, Random(0))


def test_copies_score_one():
    assert score(*["one two three four five"] * 3) == pytest.approx(1)


def test_texts_without_a_common_word_score_nothing():
    assert score("a b c d", "e f g h", "i j k l") == 0


@pytest.mark.parametrize("texts", [(), ("a b c d",), ("a b c d", ""), ("", "...")])
def test_a_text_without_another_scores_nothing(texts):
    assert score(*texts) == 0


def test_missing_orders_are_smoothed():
    # 3 of 4 words, 2 of 3 pairs, 1 of 2 triples, none of one quadruple: 0.1 of it.
    assert score("a b c d", "a b c x") == pytest.approx((3 / 4 * 2 / 3 * 1 / 2 * 0.1) ** 0.25)


def test_a_word_matches_as_often_as_one_other_text_has_it():
    # "a a a a" against "a a b": 2 of 4 words, 1 of 3 pairs, nothing longer.
    first = (2 / 4 * 1 / 3 * 0.1 / 2 * 0.1 / 1) ** 0.25
    # "a a b" against "a a a a": 2 of 3 words, 1 of 2 pairs; shorter than the reference.
    second = (2 / 3 * 1 / 2 * 0.1 / 1 * 0.1 / 1) ** 0.25 * math.exp(1 - 4 / 3)
    for texts in (("a a a a", "a a b"), ("a a b", "a a a a")):
        assert score(*texts) == pytest.approx((first + second) / 2)


@pytest.mark.parametrize(
    ("longest", "penalty"),
    [("a b c d e", math.exp(1 - 5 / 4)), ("a b c d e f", math.exp(1 - 6 / 4)), ("a b c d", 1.0)],
)
def test_a_text_shorter_than_its_closest_other_is_punished(longest, penalty):
    shared = math.prod((4 - k) / (len(longest.split()) - k) for k in range(4)) ** 0.25
    assert score("a b c d", longest) == pytest.approx((penalty + shared) / 2)


@pytest.mark.parametrize(
    ("middle", "penalty"),
    [(5, math.exp(1 - 5 / 4)), (6, math.exp(1 - 6 / 4))],  # 6 is as close to 4 as to 8: takes 4
)
def test_the_closest_other_is_the_shorter_of_two(middle, penalty):
    words = ["a", "b", "c", "d", "e", "f", "g", "h"]
    last = math.prod((middle - k) / (8 - k) for k in range(4)) ** 0.25
    texts = [" ".join(words[:length]) for length in (4, middle, 8)]
    assert score(*texts) == pytest.approx((penalty + 1 + last) / 3)


def test_only_the_sample_is_read_and_the_seed_decides_which():
    texts = ["a b c d e"] * 50 + [f"u{i} v{i} w{i} x{i}" for i in range(50)]
    drawn = {self_bleu(texts, 10, Random(seed)) for seed in range(5)}
    assert len(drawn) > 1
    assert self_bleu(texts, 10, Random(1)) == self_bleu(texts, 10, Random(1))
    assert self_bleu(texts, 100, Random(1)) == pytest.approx(0.5)
