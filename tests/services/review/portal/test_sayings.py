"""Answers in words."""

from typing import Any

import pytest

from services.review.kinds import KINDS, Rubric
from services.review.portal.sayings import choices, say

ANSWERS: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "pairwise": (
        {"preference": -3, "reasons": ["correct", "clear"]},
        [("", "A is much better"), ("reasons", "correct, clear")],
    ),
    "ranking": ({"order": [[1], [0, 2]]}, [("best first", "2 > 1 = 3")]),
    "attributes": ({"scores": {"helpfulness": 4}}, [("helpfulness", "4")]),
    "rating": ({"score": 5, "flags": ["unsafe"]}, [("score", "5"), ("flags", "unsafe")]),
    "accept": ({"accept": False, "reason": "wrong"}, [("", "reject"), ("reason", "wrong")]),
    "rewrite": ({"text": "better"}, [("", "better")]),
    "write": ({"text": "new"}, [("", "new")]),
    "turns": (
        {"turns": [{"turn": 1, "score": 2}], "whole": 3},
        [("turn 2", "2"), ("as a whole", "3")],
    ),
    "trajectory": (
        {"steps": [{"step": 1, "grade": "bad"}], "first_error": 1, "success": False},
        [("outcome", "failure"), ("first error", "turn 2"), ("turn 2", "bad")],
    ),
    "facts": (
        {"verdict": "wrong", "claims": [{"claim": 0, "verdict": "refuted", "source": "a book"}]},
        [("the answer is", "wrong"), ("claim 1", "refuted (a book)")],
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_answer_has_words(kind: str) -> None:
    answer, lines = ANSWERS[kind]
    assert say(kind, answer) == lines


@pytest.mark.parametrize(("tie", "expected"), [(True, 7), (False, 6)])
def test_a_tie_can_be_chosen_where_the_rubric_knows_one(tie: bool, expected: int) -> None:
    found = choices("pairwise", Rubric(tie=tie))
    assert len(found) == expected
    assert (("tie", {"preference": 0}) in found) == tie


def test_scores_to_choose_are_those_of_the_rubric() -> None:
    rubric = KINDS["rating"].read_rubric({})
    assert [answer["score"] for _, answer in choices("rating", rubric)] == [1, 2, 3, 4, 5]
    assert choices("write", rubric) == []
