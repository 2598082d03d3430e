import pytest

from judging.calibration import calibration_curve
from judging.intervals import wilson


def test_bins_count_items_and_agreement():
    curve = calibration_curve([(0.52, False), (0.58, True), (0.99, True), (1.0, True)], bins=5)
    assert [b.count for b in curve] == [2, 0, 0, 0, 2]
    assert [b.agreement for b in curve] == [0.5, None, None, None, 1.0]
    assert curve[0].mean_confidence == pytest.approx(0.55)
    assert curve[0].interval == wilson(1, 2, 0.05)
    assert [b.low for b in curve] == pytest.approx([0.5, 0.6, 0.7, 0.8, 0.9])


def test_the_edge_of_a_bin_belongs_to_the_next_and_ends_belong_somewhere():
    curve = calibration_curve([(0.75, True), (0.7499, True), (0.3, True), (1.0, True)], bins=2)
    assert [b.count for b in curve] == [2, 2]


def test_an_empty_bin_knows_nothing():
    (only,) = calibration_curve([], bins=1)
    assert (only.count, only.mean_confidence, only.agreement) == (0, None, None)
    assert (only.interval.low, only.interval.high) == (0.0, 1.0)
