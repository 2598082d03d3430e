"""A rubric is complete, or takes what its kind has."""

import pytest
from pydantic import ValidationError

from services.review.kinds import KINDS, Criterion, Rubric, RubricFault


def test_the_empty_rubric_is_the_preset_of_every_kind(kind_name):
    kind = KINDS[kind_name]
    assert kind.read_rubric({}) == kind.preset


def test_a_rubric_is_complete_once_it_is_read(kind_name):
    kind = KINDS[kind_name]
    rubric = kind.read_rubric({"flags": ["spam"]})
    assert rubric.flags == ("spam",)
    assert rubric.criteria == kind.preset.criteria
    assert kind.read_rubric(rubric.model_dump(mode="json")) == rubric


def test_the_preset_of_attributes_goes_from_0_to_4_on_five():
    criteria = KINDS["attributes"].preset.criteria
    assert [(c.low, c.high) for c in criteria] == [(0, 4)] * 5


@pytest.mark.parametrize(
    ("kind", "count", "good"),
    [
        ("rating", 1, True),
        ("rating", 2, False),
        ("turns", 2, True),
        ("turns", 3, False),
        ("attributes", 20, True),
        ("pairwise", 1, False),
    ],
)
def test_a_kind_takes_so_many_criteria(kind, count, good):
    raw = {"criteria": [{"name": str(number)} for number in range(count)]}
    if good:
        assert len(KINDS[kind].read_rubric(raw).criteria) == count
    else:
        with pytest.raises(RubricFault) as caught:
            KINDS[kind].read_rubric(raw)
        assert caught.value.pointer == "/criteria"


def test_one_criterion_of_turns_is_for_turns_and_whole():
    rubric = Rubric(criteria=(Criterion(name="quality", low=0, high=1),))
    item = {"messages": [{"role": "assistant", "content": "hi"}]}
    answer = {"turns": [{"turn": 0, "score": 0}], "whole": 1}
    assert KINDS["turns"].read_answer(answer, item, rubric) == answer


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"min_chars": 9, "max_chars": 8}, "above max_chars"),
        ({"reasons": ["x", "x"]}, "twice"),
        ({"criteria": [{"name": "x"}, {"name": "x"}]}, "twice"),
        ({"criteria": [{"name": "x", "low": 4, "high": 4}]}, "above low"),
        ({"criteria": [{"name": "x", "anchors": ["bad", "good"]}]}, "give 5 anchors"),
        ({"colour": "red"}, "Extra inputs"),
        ({"steps": 4}, "less than or equal to 3"),
    ],
)
def test_a_rubric_that_contradicts_itself_is_refused(raw, said):
    with pytest.raises(ValidationError, match=said):
        Rubric.model_validate(raw)
