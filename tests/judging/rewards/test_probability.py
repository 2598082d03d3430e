from math import exp, inf, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from ingot.errors import OrderError
from judging.rewards.probability import BradleyTerry, fit_temperature


def test_a_lead_is_worth_its_sigmoid():
    scale = BradleyTerry(2.0)
    assert scale.p(0) == 0.5
    assert scale.p(3) == pytest.approx(1 / (1 + exp(-1.5)))
    assert scale.p(3) + scale.p(-3) == pytest.approx(1)


def test_the_best_of_two_is_the_winner_of_the_pair():
    scale = BradleyTerry(1.7)
    assert scale.p_best([2.0, 0.5]) == pytest.approx([scale.p(1.5), scale.p(-1.5)])
    assert sum(scale.p_best([3.0, 1000.0, -1000.0])) == pytest.approx(1)


@pytest.mark.parametrize(("right", "n"), [(30, 40), (24, 40), (90, 100)])
def test_equal_leads_give_the_temperature_in_closed_form(right, n):
    scale = fit_temperature([3.0] * n, [True] * right + [False] * (n - right))
    share = (right * (n + 1) + (n - right)) / (n + 2) / n
    assert scale.temperature == pytest.approx(3.0 / log(share / (1 - share)))


def test_the_true_temperature_is_found_again():
    rng = np.random.default_rng(7)
    leads = rng.normal(0, 6, 20_000)
    wins = rng.random(20_000) < expit(leads / 4)
    assert fit_temperature(list(leads), list(wins)).temperature == pytest.approx(4, rel=0.05)


@pytest.mark.parametrize("wins", [[False, False], [True, False]])
def test_rewards_no_better_than_chance_say_nothing(wins):
    scale = fit_temperature([2.0, 2.0], wins)
    assert scale.temperature == inf
    assert scale.p(1e9) == 0.5
    assert scale.p_best([1.0, 9.0]) == [0.5, 0.5]


def test_labels_that_all_agree_do_not_make_certain():
    assert 0.9 < fit_temperature([1.0] * 50, [True] * 50).p(1.0) < 0.999


@given(
    st.lists(st.tuples(st.floats(-1e6, 1e6), st.booleans()), min_size=1, max_size=30),
    st.floats(1e-3, 1e3),
)
def test_the_unit_of_rewards_does_not_matter(pairs, unit):
    leads, wins = zip(*pairs, strict=True)
    one, other = (fit_temperature([u * lead for lead in leads], wins) for u in (1.0, unit))
    for lead in leads:
        assert one.p(lead) == pytest.approx(other.p(unit * lead), abs=1e-6)


@pytest.mark.parametrize(
    ("leads", "wins"), [([], []), ([1.0], []), ([float("nan")], [True]), ([inf], [True])]
)
def test_what_cannot_be_fitted_is_refused(leads, wins):
    with pytest.raises(OrderError):
        fit_temperature(leads, wins)
