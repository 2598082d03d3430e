from math import comb

import numpy as np
import pytest

from judging.guarantee.promise import allowed_errors, design_effect, p_values, upper_rate
from judging.intervals import upper_bound


def value(k, n, everything, risk, promise="batch"):
    counts = (np.array([x]) for x in (k, n, everything))
    return float(p_values(*counts, risk, promise)[0])


def test_the_batch_test_is_the_hypergeometric_chance_of_so_few_in_the_sample():
    # 20 items, 10 labelled; at 20 % of the other 10 three errors there break the promise
    k, breaking = 1, 3
    chance = sum(comb(10, x) * comb(10, k + breaking - x) for x in range(k + 1))
    assert value(k, 10, 20, 0.2) == pytest.approx(chance / comb(20, k + breaking))


def test_a_large_batch_is_the_binomial_population():
    assert value(20, 200, 10_000_000, 0.15) == pytest.approx(
        value(20, 200, 10_000_000, 0.15, "population"), rel=1e-3
    )


def test_nothing_left_to_promise_passes_and_nothing_labelled_does_not():
    assert value(3, 10, 10, 0.2) == 0
    assert value(0, 0, 10, 0.2) == 1


@pytest.mark.parametrize("promise", ["batch", "population"])
def test_allowed_errors_are_the_most_that_pass(promise):
    items, everything = np.array([15, 40, 90]), np.array([30, 100, 400])
    levels = np.array([0.0, 0.05, 0.1])
    allowed = allowed_errors(items, everything, 0.15, levels, promise)
    for row, level in enumerate(levels):
        for column, most in enumerate(allowed[row]):
            counts = (int(items[column]), int(everything[column]))
            assert most < 0 or value(int(most), *counts, 0.15, promise) <= level
            assert value(int(most) + 1, *counts, 0.15, promise) > level


def test_every_split_of_every_batch_breaks_one_test_in_at_most_delta():
    """Exact, over all numbers of errors that a batch of 60 can hold."""
    n, everything, risk, delta = 30, 60, 0.2, 0.1
    most = int(
        allowed_errors(np.array([n]), np.array([everything]), risk, np.array([delta]), "batch")[
            0, 0
        ]
    )
    for wrong in range(everything + 1):
        broken = sum(
            comb(wrong, k) * comb(everything - wrong, n - k)
            for k in range(min(most, wrong) + 1)
            if k <= n and wrong - k > risk * (everything - n)
        )
        assert broken / comb(everything, n) <= delta


def test_the_upper_rate_of_a_population_is_clopper_pearson():
    assert upper_rate(5, 80, 80, 0.1, "population") == pytest.approx(upper_bound(5, 80, 0.1))


def test_the_upper_rate_is_what_the_test_does_not_exclude():
    bound = upper_rate(3, 60, 200, 0.1)
    assert value(3, 60, 200, bound + 0.01) <= 0.1 < value(3, 60, 200, bound - 0.02)


def test_groups_that_say_the_same_are_worth_one_item_each():
    groups = [str(i // 5) for i in range(100)]
    same = np.array([i // 5 % 4 == 0 for i in range(100)])
    mixed = np.array([i % 5 == 0 for i in range(100)])
    confidences = np.full(100, 0.9)
    assert design_effect(confidences, same, groups, 0.5) == pytest.approx(5)
    assert design_effect(confidences, mixed, groups, 0.5) == 1
    assert design_effect(confidences, same, [str(i) for i in range(100)], 0.5) == 1
    assert design_effect(confidences, same, groups, 0.95) == 1  # nothing reaches it
