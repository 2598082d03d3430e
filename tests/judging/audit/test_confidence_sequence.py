from itertools import pairwise
from math import log

import numpy as np
import pytest
from scipy.special import betaln

from judging.audit.confidence_sequence import confidence_sequence, last_interval

DELTA = 0.1


@pytest.mark.parametrize("rate", [0.5, 0.85, 0.99])
def test_the_truth_is_inside_at_every_look_in_all_but_delta_of_the_sequences(rate):
    random, missed = np.random.default_rng(3), 0
    for _ in range(250):
        sequence = confidence_sequence((random.random(300) < rate).tolist(), DELTA)
        missed += any(not i.low <= rate <= i.high for i in sequence)
    assert missed / 250 <= DELTA + 3 * (DELTA * (1 - DELTA) / 250) ** 0.5


def test_the_lower_end_is_where_the_wealth_reaches_one_over_delta():
    k, n = 18, 20
    low = confidence_sequence([False] * 2 + [True] * k, DELTA)[-1].low
    wealth = betaln(k + 0.5, n - k + 0.5) - betaln(0.5, 0.5) - k * log(low) - 2 * log(1 - low)
    assert wealth == pytest.approx(log(1 / DELTA), abs=1e-6)


def test_intervals_only_shrink():
    sequence = confidence_sequence([True, True, False, True] * 30, DELTA)
    for before, after in pairwise(sequence):
        assert before.low <= after.low <= after.high <= before.high


def test_what_is_reported_holds_the_mean_also_where_the_agreement_changed():
    agreed = [True] * 100 + [False] * 60
    reported, sequence = last_interval(agreed, DELTA), confidence_sequence(agreed, DELTA)
    assert reported.low <= 100 / 160 <= reported.high
    assert not sequence[-1].low <= 100 / 160 <= sequence[-1].high


def test_the_ends_of_the_range_are_reached():
    assert last_interval([True] * 50, DELTA).high == 1.0
    assert last_interval([False] * 50, DELTA).low == 0.0
    assert (last_interval([], DELTA).low, last_interval([], DELTA).high) == (0.0, 1.0)
