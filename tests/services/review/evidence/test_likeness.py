"""Shared runs of words: quoting, forced words, near-duplicates."""

from math import nextafter

import pytest
from evidence_texts import BRIDGE, BRIDGE_EDITED, GARDEN, MODEL_ONE, MODEL_TWO
from hypothesis import given
from hypothesis import strategies as st

from services.review.evidence.found import Limits
from services.review.evidence.likeness import MIN_RUNS, forced, like_models, like_others, share
from services.review.evidence.words import runs, sketch, split

MODELS = [runs(MODEL_ONE), runs(MODEL_TWO)]


def test_a_models_answer_with_a_few_words_changed_is_found() -> None:
    own = runs(MODEL_ONE.replace("humming", "sound").replace("steady", "constant"))
    (evidence,) = like_models(own, MODELS)
    assert (evidence.rule, evidence.severity) == ("like_own_models", "suspect")
    assert evidence.measured["answers"] == 2


def test_a_single_answer_of_a_model_gives_a_note_at_most() -> None:
    (evidence,) = like_models(runs(MODEL_ONE), MODELS[:1])
    assert evidence.severity == "note"


def test_words_that_the_prompt_forces_are_no_evidence() -> None:
    edited = runs(MODEL_ONE.replace("steady", "constant"))
    assert forced([MODELS[0], edited]) > 0.3
    assert list(like_models(runs(MODEL_ONE), [MODELS[0], edited])) == []


def test_people_who_answer_the_same_question_are_not_alike() -> None:
    assert list(like_models(runs(BRIDGE), MODELS)) == []
    assert list(like_others(runs(BRIDGE), {"asg_1": runs(GARDEN)})) == []


def test_the_nearest_of_several_is_named() -> None:
    others = {"asg_1": runs(GARDEN), "asg_2": runs(BRIDGE_EDITED)}
    (evidence,) = like_others(runs(BRIDGE), others)
    assert (evidence.severity, evidence.measured["other"]) == ("suspect", "asg_2")


def test_too_few_runs_are_not_compared() -> None:
    own = set(range(MIN_RUNS))
    assert list(like_others(own, {"asg_1": own}))
    assert list(like_others(own - {0}, {"asg_1": own})) == []


def test_limits_include_their_value() -> None:
    limits = Limits(0.1, 0.3)
    assert [limits.grade(v) for v in (nextafter(0.1, 0), 0.1, nextafter(0.3, 0), 0.3, 1)] == [
        None,
        "note",
        "note",
        "review",
        "review",
    ]


def test_half_the_runs_share_half() -> None:
    assert share({1, 2}, [{2}, {3}]) == pytest.approx(0.5)
    assert share(set(), [{1}]) == 0


def test_case_and_apostrophes_do_not_hide_a_copy() -> None:
    assert runs("It’s THE Same, old thing") == runs("it's the same old -- thing")


def test_scripts_without_spaces_have_runs() -> None:
    assert split("我喜欢 tea") == ["我", "喜", "欢", "tea"]
    assert len(runs("我喜欢喝茶和咖啡")) == 5


def test_sketches_of_similar_texts_meet_in_one_queue_only() -> None:
    one, other = runs(BRIDGE), runs(BRIDGE_EDITED)
    assert len(set(sketch("que_1", one)) & set(sketch("que_1", other))) >= 8
    assert not set(sketch("que_1", one)) & set(sketch("que_2", one))


@given(st.text(max_size=300))
def test_any_text_has_runs_that_postgresql_can_keep(text: str) -> None:
    assert all(0 <= run < 2**63 for run in sketch("que_1", runs(text)))
