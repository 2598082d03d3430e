from fractions import Fraction
from random import Random

import pytest

from generation.ingredients.math_skeletons import KINDS, draw_skeleton
from generation.recipes.verifiable_math import read_story
from ingot.engine import Generated


@pytest.mark.parametrize(
    ("kind", "values", "answer"),
    [
        ("rate", {"a": 12, "b": 5, "c": 7}, 53),
        ("meeting", {"a": 40, "b": 60, "c": 250}, Fraction(5, 2)),
        ("percentage", {"a": 200, "b": 15, "c": 10}, 160),
        ("mixture", {"a": 2, "b": 6, "c": 10, "d": 50}, 40),
        ("ages", {"a": 6, "b": 4, "c": 3}, 26),
        ("geometry", {"a": 40, "b": 8, "c": 20}, 76),
        ("combinatorics", {"a": 5, "b": 4, "c": 2, "d": 3}, 40),
        ("linear_equations", {"a": 12, "b": 7, "n": 20, "m": 190}, 10),
        ("modular", {"a": 5, "b": 7, "c": 3, "d": 9}, 2),
        ("average", {"a": 4, "b": 10, "c": 30}, 14),
        ("sequence", {"a": 3, "b": 2, "c": 4}, 24),
    ],
)
def test_each_kind_is_solved_as_by_hand(
    kind: str, values: dict[str, int], answer: int | Fraction
) -> None:
    assert KINDS[kind].solve(**values) == answer


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("rate", {"a": 6, "b": 3, "c": 18}),
        ("meeting", {"a": 40, "b": 60, "c": 100}),
        ("mixture", {"a": 2, "b": 6, "c": 50, "d": 50}),
        ("ages", {"a": 24, "b": 2, "c": 4}),
        ("geometry", {"a": 40, "b": 20, "c": 5}),
        ("geometry", {"a": 40, "b": 8, "c": 96}),
        ("combinatorics", {"a": 4, "b": 5, "c": 4, "d": 2}),
        ("linear_equations", {"a": 7, "b": 7, "n": 20, "m": 140}),
        ("linear_equations", {"a": 12, "b": 7, "n": 20, "m": 191}),
        ("linear_equations", {"a": 12, "b": 7, "n": 20, "m": 240}),
    ],
)
def test_numbers_that_make_no_sense_have_no_answer(kind: str, values: dict[str, int]) -> None:
    assert KINDS[kind].solve(**values) is None


@pytest.mark.parametrize("kind", KINDS)
def test_drawn_numbers_differ_and_the_plain_telling_holds_them(kind: str) -> None:
    rng = Random(1)
    for _ in range(50):
        drawn = draw_skeleton(kind, rng)
        assert len({*drawn.numbers, drawn.answer}) == len(drawn.numbers) + 1
        assert min(drawn.numbers) > 1
        assert Fraction(drawn.reference) == drawn.answer > 0
        text = f"{'. '.join(drawn.facts)}. Say {drawn.asked}?"
        assert read_story(Generated(text, "stop"), drawn) == text
