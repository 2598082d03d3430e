import numpy as np
import pytest

from judging.guarantee.design import plan_tests

SURE = np.sort(np.random.default_rng(0).beta(8, 1, 1000) / 2 + 0.5)[::-1]


@pytest.mark.parametrize("labels", [20, 60, 150, 500, 1000])
def test_levels_add_up_to_delta(labels):
    plan = plan_tests(SURE, labels, 0.15, 0.1)
    assert plan.levels.sum() == pytest.approx(0.1)
    assert (np.diff(plan.thresholds) < 0).all()


def test_the_plan_is_the_same_each_time():
    first, second = (plan_tests(SURE, 150, 0.15, 0.1) for _ in range(2))
    assert first.levels.tolist() == second.levels.tolist()


def test_more_labels_are_expected_to_buy_more():
    bought = [plan_tests(SURE, labels, 0.15, 0.1).coverage for labels in (30, 150, 600)]
    assert bought == sorted(bought)


def test_a_confidence_that_means_what_it_says_is_trusted_further_down():
    start = [
        plan_tests(SURE, 150, 0.15, 0.1, learned=learned).coverage for learned in (False, True)
    ]
    assert start[0] < start[1]


def test_too_few_labels_give_no_plan():
    assert len(plan_tests(SURE, 5, 0.15, 0.1).thresholds) == 0
    assert len(plan_tests(np.zeros(0), 50, 0.15, 0.1).thresholds) == 0


def test_an_order_may_have_its_own_expectation():
    order = np.linspace(1, 0, 500)
    good = plan_tests(order, 200, 0.15, 0.1, expected=np.full(500, 0.99), learned=True)
    bad = plan_tests(order, 200, 0.15, 0.1, expected=np.full(500, 0.6), learned=True)
    assert good.coverage > 0.9
    assert bad.coverage < 0.1
