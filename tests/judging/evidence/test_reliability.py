import pytest

from judging.evidence.reliability import brier, calibration_curve, expected_calibration_error
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
    tenths = calibration_curve([(0.6, True), (0.7, True), (0.8, True), (0.9, True)], bins=5)
    assert [b.count for b in tenths] == [0, 1, 1, 1, 1]


def test_an_empty_bin_knows_nothing():
    (only,) = calibration_curve([], bins=1)
    assert (only.count, only.mean_confidence, only.agreement) == (0, None, None)
    assert (only.interval.low, only.interval.high) == (0.0, 1.0)


def test_the_calibration_error_is_the_distance_in_each_bin_by_its_items():
    points = [(0.6, True), (0.62, False), (0.95, True), (0.97, True), (0.99, False)]
    by_hand = 2 / 5 * abs(0.61 - 1 / 2) + 3 / 5 * abs(0.97 - 2 / 3)
    assert expected_calibration_error(points, bins=5) == pytest.approx(by_hand)
    assert expected_calibration_error(points, bins=1) == pytest.approx(0.826 - 0.6)


def test_a_judge_as_sure_as_it_is_right_has_no_calibration_error_but_a_brier_score():
    points = [(0.75, i % 4 > 0) for i in range(100)]
    assert expected_calibration_error(points) == pytest.approx(0)
    assert brier(points) == pytest.approx(0.75 * 0.25)


def test_the_brier_score_runs_from_certainty_to_a_coin():
    assert brier([(1.0, True)]) == 0
    assert brier([(0.5, True), (0.5, False)]) == 0.25


@pytest.mark.parametrize("figure", [brier, expected_calibration_error])
def test_without_points_there_is_no_figure(figure):
    with pytest.raises(ValueError, match="label some items first"):
        figure([])
