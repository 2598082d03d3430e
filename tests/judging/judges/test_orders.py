from math import log

import pytest

from judging.judges.asking import Reply
from judging.judges.labels import Reading
from judging.judges.orders import conclude


def says(*probabilities, mass=1.0):
    return Reply(Reading(probabilities, mass))


def logit(p):
    return log(p / (1 - p))


def sigmoid(x):
    return 1 / (1 + 2.718281828459045**-x)


def test_log_odds_cancel_a_bias_that_adds_to_them():
    """P(first) = sigmoid(+-d + bias) in both orders gives back sigmoid(d), and the bias."""
    d, bias = 0.7, 1.9
    first, second = sigmoid(d + bias), sigmoid(-d + bias)
    outcome = conclude([says(first, 1 - first)], [says(second, 1 - second)], "logits")
    assert outcome.p_a == pytest.approx(sigmoid(d))
    assert outcome.position_bias == pytest.approx(bias)
    assert outcome.flipped


def test_the_default_is_the_mean_of_the_probabilities():
    outcome = conclude([says(0.9, 0.1)], [says(0.4, 0.6)])
    assert (outcome.settled.verdict, outcome.settled.p) == ("A", pytest.approx(0.75))
    assert outcome.position_bias == pytest.approx((logit(0.9) - logit(0.6)) / 2)
    assert not outcome.flipped


def test_sure_readings_keep_the_log_odds_finite():
    outcome = conclude([says(1.0, 0.0)], [says(1.0, 0.0)], "logits")
    assert outcome.p_a == pytest.approx(0.5)
    assert outcome.position_bias == pytest.approx(log(1e6))


def test_a_tie_counts_half_and_stays_itself_when_places_change():
    outcome = conclude([says(0.1, 0.2, 0.7)], [says(0.2, 0.1, 0.7)])
    assert (outcome.settled.verdict, outcome.settled.p) == ("tie", pytest.approx(0.7))
    assert outcome.p_a == pytest.approx(0.1 + 0.35)
    assert not outcome.flipped


def test_a_tie_in_one_order_alone_is_a_flip():
    assert conclude([says(0.1, 0.2, 0.7)], [says(0.1, 0.8, 0.1)]).flipped


def test_samples_agree_by_the_share_that_says_the_verdict():
    forward = [says(0.9, 0.1), says(0.8, 0.2), says(0.3, 0.7)]
    backward = [says(0.1, 0.9)] * 3
    outcome = conclude(forward, backward)
    assert outcome.settled.agreement == pytest.approx(5 / 6)
    assert conclude(forward[:1], backward[:1]).settled.agreement is None


def test_the_mass_is_the_mean_of_both_orders():
    outcome = conclude([says(0.9, 0.1, mass=0.8)], [says(0.1, 0.9, mass=0.6)])
    assert outcome.settled.label_mass == pytest.approx(0.7)
