import numpy as np
import pytest

from judging.people.noise import (
    correct_disagreement,
    exceeds_ceiling,
    human_error,
    judge_error,
)


@pytest.mark.parametrize("q", [0.0, 0.05, 0.11, 0.3])
def test_the_error_of_people_explains_how_often_two_agree(q):
    pairs = 1_000_000
    error = human_error(round(pairs * (q**2 + (1 - q) ** 2)), pairs, 0.1)
    assert error.rate == pytest.approx(q, abs=1e-5)
    assert error.interval.low <= error.rate <= error.interval.high
    assert error.ceiling == pytest.approx(1 - q, abs=1e-5)


@pytest.mark.parametrize(("r", "q"), [(0.1, 0.05), (0.02, 0.2), (0.5, 0.1), (0.9, 0.1)])
def test_the_judge_s_own_error_comes_back(r, q):
    assert judge_error(r * (1 - q) + (1 - r) * q, q) == pytest.approx(r)


def test_the_interval_holds_the_truth_as_often_as_said():
    rng, r, q, missed = np.random.default_rng(0), 0.08, 0.12, 0
    observed, agreement = r * (1 - q) + (1 - r) * q, q**2 + (1 - q) ** 2
    for _ in range(300):
        error = human_error(rng.binomial(600, agreement), 600, 0.05)
        found = correct_disagreement(rng.binomial(500, observed), 500, error, 0.1)
        missed += found.interval is not None and not found.interval.low <= r <= found.interval.high
    assert missed <= 30  # delta 0.1; the corners make it rarer


def test_people_at_chance_correct_nothing():
    assert human_error(50, 100, 0.1) is None
    found = correct_disagreement(10, 100, None, 0.1)
    assert (found.rate, found.interval) == (None, None)
    assert "by chance" in found.refusal


@pytest.mark.parametrize(("agreeing", "refused"), [(53, True), (80, False)])
def test_an_error_near_a_half_is_refused(agreeing, refused):
    found = correct_disagreement(300, 1000, human_error(10 * agreeing, 1000, 0.1), 0.1)
    assert ("too near 1/2" in found.refusal) is refused
    assert (found.rate is None) is refused


def test_a_disagreement_below_the_people_s_own_is_refused():
    found = correct_disagreement(20, 1000, human_error(820, 1000, 0.1), 0.1)
    assert found.rate is None
    assert "err together, or too few items" in found.refusal
    assert found.observed == 0.02


def test_nothing_above_the_human_ceiling_is_promised():
    error = human_error(820, 1000, 0.1)  # q = 0.1
    assert exceeds_ceiling(0.899, error) == ""
    assert "above the human ceiling of 0.900" in exceeds_ceiling(0.91, error)


def test_impossible_counts_are_refused():
    with pytest.raises(ValueError, match="give 0 <= k <= n"):
        human_error(11, 10, 0.1)
    with pytest.raises(ValueError, match="n > 0"):
        correct_disagreement(0, 0, human_error(9, 10, 0.1), 0.1)
