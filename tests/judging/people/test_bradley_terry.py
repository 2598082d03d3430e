import numpy as np
import pytest

from judging.people.bradley_terry import fit_bradley_terry


def draw(strengths, comparisons, seed=0):
    """Winners and losers of random pairs of things of these strengths."""
    rng = np.random.default_rng(seed)
    first = rng.integers(len(strengths), size=comparisons)
    second = (first + rng.integers(1, len(strengths), size=comparisons)) % len(strengths)
    wins = rng.random(comparisons) < strengths[first] / (strengths[first] + strengths[second])
    return np.where(wins, first, second), np.where(wins, second, first)


def test_two_things_are_as_strong_as_they_win():
    """Without a prior the chance to win is the share of wins: 3 of 4."""
    fitted = fit_bradley_terry(np.array([0, 0, 0, 1]), np.array([1, 1, 1, 0]), 2, prior=0)
    assert fitted.converged
    assert fitted.preference(np.array([0]), np.array([1])) == pytest.approx(0.75)


def test_strengths_are_found_again():
    strengths = np.array([1.0, 2.0, 4.0, 8.0])
    winners, losers = draw(strengths, 40_000)
    found = fit_bradley_terry(winners, losers, 4).strengths
    assert found / found[0] == pytest.approx(strengths, rel=0.1)


def test_the_likelihood_stands_still_at_the_strengths():
    """The gradient by each log-strength: wins and prior wins, less what was expected of it."""
    winners, losers = draw(np.array([1.0, 3.0, 5.0]), 60)
    s = fit_bradley_terry(winners, losers, 3).strengths
    gradient = np.bincount(winners, minlength=3) + 0.5 - 2 * 0.5 * s / (s + 1)
    for won, lost in zip(winners, losers, strict=True):
        gradient[[won, lost]] -= s[[won, lost]] / (s[won] + s[lost])
    assert gradient == pytest.approx(0, abs=1e-5)


def test_a_tie_is_half_a_win_each():
    tie = fit_bradley_terry(np.array([0, 1]), np.array([1, 0]), 2, weights=np.array([0.5, 0.5]))
    assert tie.strengths == pytest.approx(1)


def test_a_thing_that_always_wins_stays_finite_and_unlinked_things_are_even():
    winners, losers = np.zeros(5, dtype=np.int64), np.ones(5, dtype=np.int64)
    fitted = fit_bradley_terry(winners, losers, 4)
    assert fitted.converged
    assert 0.8 < fitted.preference(np.array([0]), np.array([1]))[0] < 1
    assert fitted.preference(np.array([2]), np.array([3]))[0] == pytest.approx(0.5)


def test_nothing_to_compare_is_said():
    none = np.array([], dtype=np.int64)
    with pytest.raises(ValueError, match="nothing to compare"):
        fit_bradley_terry(none, none, 0)
    with pytest.raises(ValueError, match="with itself"):
        fit_bradley_terry(np.array([1]), np.array([1]), 2)


def test_crowd_kit_finds_the_same():
    pytest.importorskip("crowdkit", reason="crowd-kit is not installed: pip install crowd-kit")
    import pandas as pd
    from crowdkit.aggregation import BradleyTerry

    winners, losers = draw(np.array([1.0, 2.0, 3.0, 5.0, 8.0]), 400, seed=7)
    table = pd.DataFrame({"left": winners, "right": losers, "label": winners})
    # Its rule to stop compares an array with itself, so it stops after two steps: one step a run.
    theirs = BradleyTerry(n_iter=2_000, tol=-1.0).fit(table).scores_.sort_index().to_numpy()
    ours = fit_bradley_terry(winners, losers, 5, prior=0).strengths
    assert ours / ours.sum() == pytest.approx(theirs, abs=1e-6)
