"""Drawings: what they mark, and that names in them are text."""

from datetime import date, timedelta

import pytest

from services.review.portal import words
from services.review.portal.charts.frame import count_steps
from services.review.portal.charts.funnel import Point, draw_funnel, wilson_limits
from services.review.portal.charts.intervals import Estimate, draw_intervals
from services.review.portal.charts.pay import draw_days
from services.review.portal.charts.progress import Day, draw_progress

EVIL = "<script>x</script>"


def test_limits_solve_the_equation_they_come_from() -> None:
    for limit in wilson_limits(0.8, 20):
        assert (limit - 0.8) ** 2 == pytest.approx(1.96**2 * limit * (1 - limit) / 20)


def test_who_lies_below_chance_is_marked() -> None:
    good = [Point(f"r{n}", 18, 20) for n in range(9)]
    assert "dot low" not in draw_funnel([*good, Point("fair", 15, 20)])
    drawing = draw_funnel([*good, Point("weak", 9, 20)])
    assert drawing.count("dot low") == 1
    assert ">weak</text>" in drawing


def test_names_in_a_drawing_are_text() -> None:
    drawings = (
        draw_funnel([Point(EVIL, 1, 20), Point("other", 20, 20)]),
        draw_intervals([Estimate(EVIL, 0.5, 0.1, 0.9)], "alpha"),
    )
    for drawing in drawings:
        assert "<script>" not in drawing
        assert "&lt;script&gt;" in drawing


@pytest.mark.parametrize(("low", "first"), [(0.1, "0"), (-0.1, "-0.5"), (-0.7, "-1")])
def test_an_axis_begins_where_all_intervals_fit(low: float, first: str) -> None:
    drawing = draw_intervals([Estimate("label", 0.5, low, 0.9)], "alpha")
    assert f">{first}</text>" in drawing


@pytest.mark.parametrize(
    ("most", "steps"),
    [(0, [0, 1]), (3, [0, 1, 2, 3]), (131, [0, 50, 100, 150]), (9_001, [0, 5_000, 10_000])],
)
def test_steps_are_round_and_reach_the_most(most: int, steps: list[float]) -> None:
    found = count_steps(most)
    assert found[-1] >= most
    assert found == steps


def test_progress_tells_each_day() -> None:
    first = date(2026, 3, 1)
    days = [Day(first + timedelta(days=n), waiting=5 - n, done=n) for n in range(3)]
    drawing = draw_progress(days)
    assert "<title>2 Mar: 1 done, 4 waiting</title>" in drawing
    assert draw_progress(days[:1]).count("<title>") == 1


def test_days_without_answers_have_no_bar() -> None:
    class Paid:
        def __init__(self, day: date, answers: int) -> None:
            self.day, self.answers = day, answers

    march = [Paid(date(2026, 3, 31), 4), Paid(date(2026, 3, 31), 1), Paid(date(2026, 3, 29), 2)]
    drawing = draw_days(march)
    assert drawing.count('class="bar"') == 2
    assert "31 Mar: 5 answers" in drawing
    assert draw_days([]).count('class="bar"') == 0


@pytest.mark.parametrize(
    ("minor", "currency", "said"),
    [(35, "EUR", "0.35 EUR"), (123_456, "USD", "1,234.56 USD"), (1_500, "JPY", "1,500 JPY")],
)
def test_money_is_said_in_its_units(minor: int, currency: str, said: str) -> None:
    assert words.money(minor, currency) == said


@pytest.mark.parametrize(
    ("milliseconds", "said"),
    [(None, "–"), (89_000, "89 s"), (90_000, "2 min"), (5_340_000, "89 min"), (5_400_000, "1.5 h")],
)
def test_times_are_said_shortly(milliseconds: float | None, said: str) -> None:
    assert words.lasting(milliseconds) == said
