import numpy as np
import pytest
from scipy.stats import binom

from judging.intervals import (
    are_within,
    clopper_pearson,
    minimum_items,
    upper_bound,
    upper_bounds,
    wilson,
)


@pytest.mark.parametrize(("errors", "items"), [(0, 30), (1, 41), (3, 37), (20, 40), (199, 200)])
def test_upper_bound_is_where_the_binomial_tail_is_delta(errors, items):
    bound = upper_bound(errors, items, 0.1)
    assert binom.cdf(errors, items, bound) == pytest.approx(0.1)


def test_upper_bound_has_its_closed_form_without_errors():
    assert upper_bound(0, 22, 0.1) == pytest.approx(1 - 0.1 ** (1 / 22))


def test_upper_bound_is_one_where_nothing_was_right_or_seen():
    assert list(upper_bounds(np.array([5, 0]), np.array([5, 0]), 0.1)) == [1.0, 1.0]


@pytest.mark.parametrize(("risk", "items"), [(0.1, 22), (0.05, 45), (0.02, 114)])
def test_minimum_items_is_the_first_number_that_can_pass(risk, items):
    assert minimum_items(risk, 0.1) == items
    assert upper_bound(0, items, 0.1) <= risk < upper_bound(0, items - 1, 0.1)


def test_clopper_pearson_has_its_closed_form_at_the_ends():
    everything = clopper_pearson(20, 20, 0.1)
    assert everything.low == pytest.approx(0.05 ** (1 / 20))
    assert (everything.high, clopper_pearson(0, 20, 0.1).low) == (1.0, 0.0)
    assert (clopper_pearson(0, 0, 0.1).low, clopper_pearson(0, 0, 0.1).high) == (0.0, 1.0)


def test_wilson_solves_its_equation():
    interval = wilson(8, 10, 0.05)
    for bound in (interval.low, interval.high):
        assert abs(0.8 - bound) == pytest.approx(1.959964 * (bound * (1 - bound) / 10) ** 0.5)
    assert wilson(10, 10, 0.05).high == 1.0
    assert (wilson(0, 0, 0.05).low, wilson(0, 0, 0.05).high) == (0.0, 1.0)


def test_exact_interval_covers_at_least_as_often_as_it_says():
    n, rate = 40, 0.85
    intervals = [clopper_pearson(k, n, 0.1) for k in range(n + 1)]
    covered = [k for k, i in enumerate(intervals) if i.low <= rate <= i.high]
    assert binom.pmf(covered, n, rate).sum() >= 0.9


def test_the_quick_comparison_agrees_with_the_bound():
    errors, items = np.array([0.0, 0.0, 4.0, 5.0]), np.array([21.0, 22.0, 78.0, 78.0])
    bounds = upper_bounds(errors, items, 0.1)
    assert list(are_within(errors, items, 0.1, 0.1)) == list(bounds <= 0.1) == [0, 1, 1, 0]
