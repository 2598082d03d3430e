from math import sqrt

import numpy as np
import pytest

from judging.audit import MAX_STAKE, PRIOR_ITEMS, audit
from judging.intervals import clopper_pearson, wilson

RISK, DELTA = 0.15, 0.1


def alarms(rate, draws, items):
    """Share of the audits that ever raise an alarm."""
    errors = np.random.default_rng(5).random((draws, items)) < rate
    return np.mean([audit(row.tolist(), RISK, DELTA).alarm for row in errors])


@pytest.mark.parametrize("rate", [0.05, RISK])
def test_a_kept_promise_raises_an_alarm_in_at_most_delta_of_all_audits(rate):
    assert alarms(rate, 2000, 300) <= DELTA + 3 * sqrt(DELTA * (1 - DELTA) / 2000)


def test_a_promise_broken_twofold_is_found():
    assert alarms(2 * RISK, 300, 200) > 0.9


def test_wealth_follows_the_betting_formula():
    report = audit([True, False, False], RISK, DELTA)
    assert report.wealth[0] == 1.0  # nothing seen, nothing staked
    rate = (1 + PRIOR_ITEMS * RISK) / (1 + PRIOR_ITEMS)
    stake = (rate - RISK) / (RISK * (1 - RISK))
    assert stake < MAX_STAKE / RISK
    assert report.wealth[1] == pytest.approx(1 - stake * RISK)


def test_one_item_never_takes_more_than_the_largest_stake():
    wealth = audit([True] * 30 + [False], RISK, DELTA).wealth
    assert wealth[-1] == pytest.approx(wealth[-2] * (1 - MAX_STAKE))


def test_the_alarm_names_the_item_and_stays():
    report = audit([True] * 8 + [False] * 100, RISK, DELTA)
    assert report.alarm_at is not None
    assert report.wealth[report.alarm_at - 2] < 1 / DELTA <= report.wealth[report.alarm_at - 1]
    assert report.wealth[-1] < 1 / DELTA
    assert report.alarm


def test_realised_agreement_has_both_intervals():
    report = audit([True] + [False] * 19, RISK, DELTA)
    assert (report.n, report.errors, report.agreement, report.alarm) == (20, 1, 0.95, False)
    assert report.exact == clopper_pearson(19, 20, DELTA)
    assert report.score == wilson(19, 20, DELTA)


def test_an_audit_without_answers_knows_nothing():
    report = audit([], RISK, DELTA)
    assert (report.agreement, report.alarm_at, report.wealth) == (None, None, ())
