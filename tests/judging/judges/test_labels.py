from math import log

import pytest

from ingot.engine import Generated
from judging.judges.labels import MIN_LABEL_MASS, Reading, average, read_choice, read_labels


def told(**chances):
    return Generated(label_logprobs={label: log(chance) for label, chance in chances.items()})


def test_probabilities_are_conditional_and_the_mass_is_kept():
    reading = read_labels(told(A=0.6, B=0.2), ("A", "B"))
    assert reading.probabilities == pytest.approx((0.75, 0.25))
    assert (reading.mass, reading.missing) == (pytest.approx(0.8), 0)


def test_variants_of_a_label_are_added_up():
    answer = Generated(label_logprobs={"A": log(0.2), " A": log(0.4), " B": log(0.2)})
    reading = read_labels(answer, (" A", " B"))
    assert reading.probabilities == pytest.approx((0.75, 0.25))


def test_a_label_that_is_not_told_counts_as_nothing_and_is_noted():
    reading = read_labels(told(A=0.9), ("A", "B", "C"))
    assert reading.probabilities == (1.0, 0.0, 0.0)
    assert (reading.missing, reading.usable) == (2, True)


@pytest.mark.parametrize(("mass", "usable"), [(MIN_LABEL_MASS, True), (0.49, False)])
def test_below_the_least_mass_there_is_no_verdict(mass, usable):
    assert read_labels(told(A=mass), ("A", "B")).usable is usable


def test_no_label_at_all_is_a_mass_of_zero():
    reading = read_labels(Generated(), ("A", "B"))
    assert (reading.probabilities, reading.mass, reading.missing) == ((0.5, 0.5), 0.0, 2)


def test_the_expected_score_is_between_the_grades():
    assert Reading((0.25, 0.25, 0.5), 1.0).expected((0, 1, 4)) == pytest.approx(2.25)


def test_margin_and_entropy_at_their_ends():
    sure, torn = Reading((1.0, 0.0), 1.0), Reading((0.5, 0.5), 1.0)
    assert (sure.margin, sure.entropy) == (1.0, 0.0)
    assert (torn.margin, torn.entropy) == (0.0, pytest.approx(log(2)))


def test_a_choice_is_all_or_nothing_and_hides_the_mass():
    assert read_choice(" B\n", ("A", "B")) == Reading((0.0, 1.0), None)
    assert read_choice("Both", ("A", "B")) is None


def test_choices_average_to_shares_of_votes():
    votes = [Reading((1.0, 0.0), None), Reading((0.0, 1.0), None), Reading((1.0, 0.0), None)]
    assert average(votes).probabilities == pytest.approx((2 / 3, 1 / 3))
    assert average(votes).mass is None
