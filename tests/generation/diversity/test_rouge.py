import random

import pytest

from generation.diversity.rouge import RougePool, rouge_l


def table_rouge_l(one: list[str], two: list[str]) -> float:
    """The definition, by the textbook's table."""
    row = [0] * (len(two) + 1)
    for first in one:
        above, row = row, [0]
        for place, second in enumerate(two):
            longest = max(above[place + 1], row[place])
            row.append(above[place] + 1 if first == second else longest)
    return 2 * row[-1] / (len(one) + len(two)) if row[-1] else 0.0


def draw_words(rng: random.Random, vocabulary: int, most: int) -> list[str]:
    return [f"w{rng.randrange(vocabulary)}" for _ in range(rng.randrange(most + 1))]


@pytest.mark.parametrize(
    ("one", "two", "score"),
    [
        ("the cat sat", "The cat, sat.", 1.0),
        ("the cat sat", "dogs bark", 0.0),
        ("a b c d", "a c", 2 / 3),
        ("a b", "b a", 0.5),
        ("a a a", "a", 0.5),
        ("", "a", 0.0),
        ("", "", 0.0),
    ],
)
def test_scores_that_one_can_work_out(one, two, score):
    assert rouge_l(one, two) == rouge_l(two, one) == score


@pytest.mark.parametrize(("vocabulary", "most"), [(2, 12), (5, 30), (40, 200)])
def test_bits_give_what_the_table_gives(vocabulary, most):
    rng = random.Random(vocabulary)
    for _ in range(150):
        one, two = draw_words(rng, vocabulary, most), draw_words(rng, vocabulary, most)
        assert rouge_l(" ".join(one), " ".join(two)) == table_rouge_l(one, two)


@pytest.mark.parametrize("vocabulary", [6, 60])
def test_the_pool_finds_what_a_scan_finds(vocabulary):
    rng, pool, entries = random.Random(3), RougePool(1.0), []
    for _ in range(150):
        words = draw_words(rng, vocabulary, 14)
        scores = [table_rouge_l(words, entry) for entry in entries]
        assert pool.nearest(" ".join(words)) == max(scores, default=0.0)
        pool.add(" ".join(words))
        entries.append(words)
    assert len(pool) == 150


def test_stopping_early_decides_as_a_scan_decides():
    rng, pool, entries = random.Random(5), RougePool(0.5), []
    for _ in range(200):
        words = draw_words(rng, 8, 12)
        exact = max((table_rouge_l(words, entry) for entry in entries), default=0.0)
        nearest = pool.nearest(" ".join(words))
        assert nearest == exact if exact <= 0.5 else 0.5 < nearest <= exact
        pool.add(" ".join(words))
        entries.append(words)


def test_the_threshold_has_two_sides_and_a_middle():
    pool = RougePool(0.7)
    pool.add("a b c d e f g h i j")
    assert pool.nearest("a b c d e f g q r s") == 0.7
    assert pool.nearest("a b c d e f p q r s") == 0.6
    assert pool.nearest("a b c d e f g h r s") == 0.8


@pytest.mark.parametrize("text", ["", "!!!", "unheard of"])
def test_a_text_that_shares_no_word_is_new(text):
    pool = RougePool(0.7)
    assert pool.nearest(text) == 0.0
    for entry in ("", "something else"):
        pool.add(entry)
    assert pool.nearest(text) == 0.0
