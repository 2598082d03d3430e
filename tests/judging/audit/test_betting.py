from math import sqrt

import numpy as np
import pytest

from judging.audit.betting import (
    BROKEN_FROM_THE_START,
    ODDS,
    PATIENCE,
    Gamblers,
    audit,
)

RISK, DELTA = 0.15, 0.1


def wealths(errors):
    """Wealth after each item of each stream, [streams, items]."""
    gamblers = Gamblers(len(errors), RISK)
    return np.array([gamblers.bet(column) for column in errors.T]).T


def streams(rates, draws, seed=5):
    """Errors of streams whose items have these rates."""
    return np.random.default_rng(seed).random((draws, len(rates))) < np.array(rates)


@pytest.mark.parametrize("rate", [0.05, 0.12, RISK])
def test_a_kept_promise_raises_an_alarm_in_at_most_delta_of_long_audits(rate):
    alarmed = (wealths(streams([rate] * 2000, 2000)) >= 1 / DELTA).any(axis=1)
    assert alarmed.mean() <= DELTA + 3 * sqrt(DELTA * (1 - DELTA) / 2000)


def test_wealth_is_a_fair_game_at_the_target_and_shrinks_below_it():
    for first in ([], [True], [False] * 7, [True, False, True]):
        before, right, wrong = (
            (audit([*first, *more], RISK, DELTA).wealth or (1.0,))[-1]
            for more in ([], [False], [True])
        )
        assert RISK * wrong + (1 - RISK) * right == pytest.approx(before)
        assert wrong > before > right


def test_wealth_is_the_mixture_over_rates_and_starting_points():
    errors = [True, False, True, True]
    odds = RISK / (1 - RISK) * np.array(ODDS)
    rates = odds / (1 + odds)
    ratio = [np.where(error, rates / RISK, (1 - rates) / (1 - RISK)) for error in errors]
    late, waiting = 1 - BROKEN_FROM_THE_START, 1.0
    expected = BROKEN_FROM_THE_START * np.prod(ratio, axis=0).mean()
    for start in range(1, len(errors)):
        chance = waiting / (start + PATIENCE)
        waiting -= chance
        expected += late * chance * np.prod(ratio[start:], axis=0).mean()
    assert audit(errors, RISK, DELTA).wealth[-1] == pytest.approx(expected + late * waiting)


def test_a_promise_broken_twofold_is_found():
    assert (wealths(streams([2 * RISK] * 200, 500)) >= 1 / DELTA).any(axis=1).mean() > 0.9


def test_a_break_after_a_thousand_good_items_is_found_within_two_hundred():
    wealth = wealths(streams([0.05] * 1000 + [RISK + 0.2] * 200, 300))
    assert (wealth[:, 1000:] >= 1 / DELTA).any(axis=1).mean() > 0.9


def test_the_alarm_names_the_item_and_stays():
    report = audit([True] * 8 + [False] * 200, RISK, DELTA)
    assert report.alarm_at is not None
    assert report.wealth[report.alarm_at - 2] < 1 / DELTA <= report.wealth[report.alarm_at - 1]
    assert report.wealth[-1] < 1 / DELTA
    assert report.alarm
    assert (report.n, report.errors) == (208, 8)


def test_an_audit_without_answers_knows_nothing():
    report = audit([], RISK, DELTA)
    assert (report.n, report.alarm_at, report.wealth) == (0, None, ())
