"""What a reviewer sees and what is stored are the same thing in two orders."""

from collections import Counter
from math import factorial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review.kinds import KINDS, Rubric
from services.review.kinds.ranking import permutation

draws = st.integers(min_value=0, max_value=2**31 - 1)


@st.composite
def rankings(draw: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    count = draw(st.integers(min_value=2, max_value=8))
    ranks = draw(st.lists(st.integers(0, count), min_size=count, max_size=count))
    groups = [[i for i in range(count) if ranks[i] == rank] for rank in sorted(set(ranks))]
    answers = [[{"role": "assistant", "content": str(i)}] for i in range(count)]
    return {"answers": answers}, {"order": groups}


@given(presented=draws)
def test_every_kind_comes_back_from_the_canonical_order(presented):
    item = {"prompt": [], "a": ["first"], "b": ["second"]}
    kind = KINDS["pairwise"]
    for preference in range(-3, 4):
        answer = {"preference": preference}
        assert kind.on_screen(kind.canonical(answer, item, presented), item, presented) == answer
        assert kind.canonical(kind.on_screen(answer, item, presented), item, presented) == answer


@given(drawn=rankings(), presented=draws)
def test_a_ranking_comes_back_from_the_canonical_order(drawn, presented):
    item, answer = drawn
    kind = KINDS["ranking"]
    assert kind.on_screen(kind.canonical(answer, item, presented), item, presented) == answer
    assert kind.canonical(kind.on_screen(answer, item, presented), item, presented) == answer


@given(drawn=rankings(), presented=draws)
def test_the_answers_ranked_are_those_seen(drawn, presented):
    item, answer = drawn
    kind = KINDS["ranking"]
    shown = kind.shown(item, presented)["answers"]
    canonical = kind.canonical(answer, item, presented)
    seen = [sorted(shown[i][0]["content"] for i in group) for group in answer["order"]]
    kept = [sorted(item["answers"][i][0]["content"] for i in g) for g in canonical["order"]]
    assert seen == kept


@given(presented=draws, preference=st.integers(-3, 3))
def test_the_side_preferred_is_the_one_seen(presented, preference):
    item = {"a": "the canonical A", "b": "the canonical B"}
    kind = KINDS["pairwise"]
    shown = kind.shown(item, presented)
    label = kind.label(kind.canonical({"preference": preference}, item, presented))
    seen = "tie" if preference == 0 else shown["a" if preference < 0 else "b"]
    assert seen in ("tie", f"the canonical {label}")
    assert (seen == "tie") == (label == "tie")


def test_a_stands_left_where_the_draw_is_even():
    item = {"a": "A", "b": "B"}
    assert KINDS["pairwise"].shown(item, 4) == {"a": "A", "b": "B"}
    assert KINDS["pairwise"].shown(item, 5) == {"a": "B", "b": "A"}


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_every_order_is_drawn_equally_often(count):
    orders = Counter(tuple(permutation(draw, count)) for draw in range(2 * factorial(count)))
    assert len(orders) == factorial(count)
    assert set(orders.values()) == {2}
    assert permutation(0, count) == list(range(count))


def test_a_kind_without_sides_has_one_order(kind_name, example):
    if kind_name in ("pairwise", "ranking"):
        return
    kind = KINDS[kind_name]
    item = kind.read_item(example.item).model_dump(mode="json")
    answer = kind.read_answer(example.answer, item, Rubric())
    assert kind.canonical(answer, item, 7) == answer == kind.on_screen(answer, item, 7)
