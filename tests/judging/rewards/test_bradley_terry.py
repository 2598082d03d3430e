from math import log, sqrt

import numpy as np
import pytest

from ingot.errors import OrderError
from judging.rewards.bradley_terry import Result, fit_strengths

Z = 1.959963984540054


def test_two_players_in_closed_form():
    found = fit_strengths(2, [Result(0, 1, wins=30, losses=10)], ridge=1e-9)
    assert found.p(0, 1) == pytest.approx(0.75)
    assert list(found.values) == pytest.approx([log(3) / 2, -log(3) / 2])
    reach = Z / sqrt(40 * 0.75 * 0.25)
    lead = found.lead(0, 1)
    assert (lead.low, lead.high) == pytest.approx((log(3) - reach, log(3) + reach))
    assert found.interval(0).high == pytest.approx((log(3) + reach) / 2)


def test_ties_in_closed_form():
    """With two players the model is saturated: exp(u_0 - u_1) = w / l, nu = t / sqrt(w l)."""
    found = fit_strengths(2, [Result(0, 1, wins=300, losses=100, ties=200)], ridge=1e-9)
    assert found.values[0] - found.values[1] == pytest.approx(log(3), rel=1e-3)
    assert found.nu == pytest.approx(200 / sqrt(300 * 100), rel=1e-3)


def test_a_ring_of_equal_wins_has_equal_players():
    ring = [Result(i, (i + 1) % 5, wins=4) for i in range(5)]
    assert list(fit_strengths(5, ring).values) == pytest.approx([0] * 5)


def test_the_prior_keeps_who_never_lost_finite():
    """The optimum solves n sigmoid(-2 u) = ridge u, for two players u and -u."""
    found = fit_strengths(2, [Result(0, 1, wins=10)], ridge=0.5)
    u = found.values[0]
    assert 10 / (1 + np.exp(2 * u)) == pytest.approx(0.5 * u)
    assert fit_strengths(2, [Result(0, 1, wins=1e9)]).values[0] < 100


def test_the_order_of_a_pair_and_split_counts_do_not_matter():
    one = [Result(0, 1, wins=5, losses=2, ties=1), Result(2, 1, wins=3)]
    other = [Result(1, 0, wins=2, losses=5), Result(0, 1, ties=1), Result(1, 2, losses=3)]
    first, second = fit_strengths(3, one), fit_strengths(3, other)
    assert list(first.values) == pytest.approx(list(second.values))
    assert first.covariance == pytest.approx(second.covariance)


def test_players_who_never_met_are_not_compared():
    found = fit_strengths(5, [Result(0, 1, wins=3, losses=1), Result(2, 3, wins=9, losses=1)])
    assert found.groups[0] == found.groups[1] != found.groups[2] == found.groups[3]
    assert found.p(0, 2) is None
    assert found.lead(1, 3) is None
    assert found.interval(4) is None
    assert found.values[:2].sum() == pytest.approx(0)
    assert found.covariance[0, 2] == 0


def test_no_results_say_nothing():
    found = fit_strengths(3, [Result(0, 1)])
    assert list(found.values) == [0, 0, 0]
    assert found.p(0, 1) is None


@pytest.mark.parametrize(
    "result", [Result(0, 0, wins=1), Result(0, 2, wins=1), Result(-1, 0), Result(0, 1, wins=-1)]
)
def test_an_impossible_result_is_refused(result):
    with pytest.raises(OrderError, match="between two of 2 players"):
        fit_strengths(2, [result])


def play(rng, strengths, nu, games):
    """Random pairings of all players."""
    for _ in range(games):
        i, j = (int(k) for k in rng.choice(len(strengths), 2, replace=False))
        weights = np.exp([strengths[i], strengths[j], (strengths[i] + strengths[j]) / 2])
        chances = weights * (1, 1, nu)
        win, loss, tie = rng.multinomial(1, chances / chances.sum())
        yield Result(i, j, wins=float(win), losses=float(loss), ties=float(tie))


@pytest.mark.parametrize("nu", [0.0, 0.7])
def test_intervals_hold_the_truth_as_often_as_they_promise(nu):
    rng = np.random.default_rng(3)
    truth = np.array([1.0, 0.5, 0.0, -0.5, -1.0])
    hits = []
    for _ in range(150):
        found = fit_strengths(5, play(rng, truth, nu, 200), ridge=0.01)
        for i, j in [(0, 1), (0, 4), (2, 3)]:
            lead = found.lead(i, j)
            hits.append(lead.low <= truth[i] - truth[j] <= lead.high)
    assert 0.92 < np.mean(hits) < 0.98  # 450 draws of 0.95 in groups of three; sd about 0.013


def test_strengths_and_the_habit_to_tie_are_found_again():
    rng = np.random.default_rng(11)
    truth = np.linspace(-1.5, 1.5, 8)
    found = fit_strengths(8, play(rng, truth, 0.5, 6_000))
    assert np.abs(found.values - truth).max() < 0.2
    assert found.nu == pytest.approx(0.5, abs=0.05)
