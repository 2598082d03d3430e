"""What is published about evidence still holds for the rules as they stand."""

from collections.abc import Sequence
from typing import Any

import pytest

from benchmarks.deciding.effort import NoDataError
from benchmarks.evidencing import likeness, style_figures
from benchmarks.evidencing.rates import Graded, choose_limit, learners_no_worse, rate
from benchmarks.evidencing.texts import Sample, Writer, is_train
from services.review.evidence.disclosure import SENTENCES
from services.review.evidence.found import SEVERITIES
from services.review.evidence.likeness import DUPLICATES, OWN_MODELS
from services.review.evidence.words import split

TEXT_RULES = ("like_own_models", "near_duplicate")
MOST_WRONGED = 0.03
"""Share of people whom a review or suspicion may wrong, on the half that no limit was chosen on."""


@pytest.fixture(scope="module")
def measured() -> dict[str, Any]:
    try:
        return likeness.measure(0)
    except NoDataError as absent:
        pytest.skip(str(absent))


@pytest.fixture(scope="module")
def fitted() -> dict[str, Any]:
    try:
        return likeness.fit(0)
    except NoDataError as absent:
        pytest.skip(str(absent))


@pytest.mark.parametrize("rule", TEXT_RULES)
@pytest.mark.parametrize("severity", SEVERITIES)
def test_learners_are_wronged_no_more_often_than_others(
    measured: dict[str, Any], rule: str, severity: str
) -> None:
    assert measured[rule][severity]["learners_no_worse"]


@pytest.mark.parametrize("rule", TEXT_RULES)
def test_few_people_are_wronged(measured: dict[str, Any], rule: str) -> None:
    assert measured[rule]["review"]["person"]["n"] >= 100
    assert measured[rule]["review"]["person"]["rate"] <= MOST_WRONGED
    assert measured[rule]["suspect"]["person"]["rate"] == 0


@pytest.mark.parametrize("rule", TEXT_RULES)
def test_a_copy_is_found(measured: dict[str, Any], rule: str) -> None:
    assert measured[rule]["copies"]["0.0"]["review"] > 0.8
    assert measured[rule]["copies"]["0.1"]["review"] > 0.7


def test_limits_stand_above_what_the_training_half_gives(fitted: dict[str, Any]) -> None:
    rules = OWN_MODELS, DUPLICATES
    for rule, limits in zip(TEXT_RULES, rules, strict=True):
        for severity in SEVERITIES:
            assert getattr(limits, severity) >= fitted[rule][severity]


def test_style_is_no_rule() -> None:
    assert "style" not in SENTENCES


def test_style_of_a_flat_text_scores_above_that_of_a_lively_one() -> None:
    flat = "It is important to ensure various crucial, essential, significant experiences. " * 12
    lively = "So I just got it! Then, well, what a very odd thing to say about even one cat. " * 12
    scores = [style_figures.score(style_figures.measure(t, split(t))) for t in (flat, lively)]
    assert style_figures.LIMITS.grade(scores[0]) == "review"
    assert style_figures.LIMITS.grade(scores[1]) is None


def _sample(writer: Writer, train: bool, number: int) -> Sample:
    group = next(f"{number}-{n}" for n in range(99) if is_train(f"{number}-{n}") == train)
    return Sample("made", group, writer, f"text {number}")


def _limit(people: Sequence[float], learners: Sequence[float], most: float) -> float:
    values = {_sample("person", True, n): value for n, value in enumerate(people)}
    values |= {_sample("learner", True, 100 + n): value for n, value in enumerate(learners)}
    values[_sample("person", False, 999)] = 1.0
    return choose_limit(list(values), values.__getitem__, most)


def test_a_limit_lets_so_many_people_be_found() -> None:
    people = [n / 10 for n in range(10)]
    assert _limit(people, [0.0], 0.2) == pytest.approx(0.701)
    assert _limit(people, [0.0], 0.0) == pytest.approx(0.901)


def test_a_limit_rises_until_learners_are_found_no_more_often() -> None:
    people = [n / 10 for n in range(10)]
    assert _limit(people, [0.85, 0.0], 0.2) == pytest.approx(0.851)


def test_rates_are_of_one_writer_and_compared() -> None:
    grades = {"person": [1, -1, -1, -1], "learner": [1, -1], "model": [2, 0]}
    graded = [
        Graded(_sample(writer, False, n), grade)  # type: ignore[arg-type]
        for writer, found in grades.items()
        for n, grade in enumerate(found)
    ]
    assert rate(graded, "review", "person")["rate"] == 0.25
    assert rate(graded, "note", "model")["rate"] == 1
    assert not learners_no_worse(graded, "review")
    assert learners_no_worse(graded, "suspect")
