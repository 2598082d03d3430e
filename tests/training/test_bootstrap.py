import numpy as np
import pytest

from training.bootstrap import bootstrap_interval, measure_lift


def test_interval_of_a_normal_sample_agrees_with_the_closed_form() -> None:
    values = np.random.default_rng(1).normal(0.3, 1.0, 2_000)
    low, high = bootstrap_interval(values, seed=0)
    half = 1.959964 * values.std() / np.sqrt(values.size)
    assert low == pytest.approx(values.mean() - half, abs=0.05 * half)
    assert high == pytest.approx(values.mean() + half, abs=0.05 * half)


def test_interval_covers_the_true_lift_about_95_times_in_100() -> None:
    rng = np.random.default_rng(2)
    hardness = rng.uniform(0, 0.8, size=(300, 150))  # 300 studies of 150 prompts
    before = rng.binomial(4, hardness) / 4
    after = rng.binomial(4, hardness + 0.1) / 4
    lifts = [measure_lift(b, a, seed=0) for b, a in zip(before, after, strict=True)]
    covered = np.mean([lift.low <= 0.1 <= lift.high for lift in lifts])
    assert 0.91 < covered < 0.98  # standard error of the simulation: 0.013


def test_pairing_makes_the_interval_narrower_than_the_spread_of_the_prompts() -> None:
    hardness = np.linspace(0, 0.9, 200)
    jitter = np.random.default_rng(3).normal(0, 0.01, 200)
    lift = measure_lift(hardness, hardness + 0.05 + jitter, seed=0)
    assert lift.high - lift.low < 0.004
    assert lift.difference == pytest.approx(0.05, abs=0.003)


def test_lift_counts_only_when_the_whole_interval_is_above_zero() -> None:
    before = np.zeros(100)
    surely = np.repeat([0.0, 1.0], [90, 10])
    hardly = np.repeat([0.0, 1.0], [98, 2])
    assert measure_lift(before, surely, seed=0).improved
    assert not measure_lift(before, hardly, seed=0).improved
    assert not measure_lift(surely, before, seed=0).improved


def test_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(4).normal(size=50)
    assert bootstrap_interval(values, seed=7) == bootstrap_interval(values, seed=7)
    assert bootstrap_interval(values, seed=7) != bootstrap_interval(values, seed=8)


def test_many_values_are_resampled_in_chunks() -> None:
    values = np.random.default_rng(5).normal(size=2_003)  # 10,000 is no multiple of a chunk
    low, high = bootstrap_interval(values, seed=0)
    assert (high - low) / 2 == pytest.approx(1.96 * values.std() / np.sqrt(2_003), rel=0.05)


def test_prompt_that_one_model_did_not_answer_is_left_out() -> None:
    before = np.array([0.0, 0.5, np.nan, 1.0])
    after = np.array([0.5, np.nan, 1.0, 1.0])
    lift = measure_lift(before, after, seed=0)
    assert (lift.n, lift.before, lift.after) == (2, 0.5, 0.75)


def test_too_few_or_different_prompts_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        measure_lift(np.array([0.0, np.nan]), np.array([1.0, 1.0]), seed=0)
    with pytest.raises(ValueError, match="evaluate both on the same ones"):
        measure_lift(np.zeros(3), np.ones(4), seed=0)
