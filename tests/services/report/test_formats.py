import pytest

from services.report.formats import count, counted, percent, points, seconds


def test_what_is_missing_is_a_dash():
    assert count(None) == percent(None) == points(None) == "–"


def test_points_carry_their_sign():
    assert points(0.1171) == "+11.7"
    assert points(-0.02) == "\N{MINUS SIGN}2.0"
    assert points(0.0) == "+0.0"


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.44, "0.4\u202fs"),
        (59.9, "59.9\u202fs"),
        (60, "1\u202fmin 0\u202fs"),
        (159.4, "2\u202fmin 39\u202fs"),
    ],
)
def test_durations_are_readable(value, written):
    assert seconds(value) == written


def test_nouns_follow_their_number():
    assert counted(1, "pair") == "1 pair"
    assert counted(1200, "pair") == "1,200 pairs"
