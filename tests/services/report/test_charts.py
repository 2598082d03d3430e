import re

import pytest

from services.report.calibration_chart import BOTTOM, RIGHT, TOP, draw_calibration
from services.report.facts import CurveBin
from services.report.lift_chart import Change, draw_lift
from services.report.share_bar import Part, draw_parts, draw_share
from services.report.svg import Scale, element


def bins(curve):
    return [CurveBin.model_validate(entry) for entry in curve]


def widths(svg):
    return [float(width) for width in re.findall(r'width="([\d.]+)"', svg)]


def test_elements_escape_children_and_attributes():
    drawn = element("text", "<b>", class_='"><script>', text_anchor="end", x=1.5, gone=None)
    assert drawn == (
        '<text class="&#34;&gt;&lt;script&gt;" text-anchor="end" x="1.5">&lt;b&gt;</text>'
    )


@pytest.mark.parametrize(("value", "place"), [(0.5, 10), (0.75, 15), (1.0, 20), (2, 20), (0, 10)])
def test_a_scale_is_linear_and_keeps_to_its_edges(value, place):
    assert Scale(0.5, 1.0, 10, 20)(value) == place


def test_the_curve_shows_each_full_bin_with_its_interval(curve):
    svg = draw_calibration(bins(curve), None, None)
    assert svg.count("<circle") == 1
    assert "people agree in 92.0\u202f% of 150" in svg
    assert "decides alone" not in svg
    assert 'class="target"' not in svg


def test_every_bin_states_its_count(curve):
    svg = draw_calibration(bins(curve), None, None)
    assert ">0</text>" in svg
    assert ">150</text>" in svg


def test_the_threshold_is_marked_where_it_is(curve):
    svg = draw_calibration(bins(curve), 0.75, 0.85)
    middle = (44 + RIGHT) / 2
    assert f'<rect x="{middle:g}" y="{TOP:g}" class="alone"' in svg
    assert "decides alone from 0.750" in svg
    assert "promised 85\u202f%" in svg


@pytest.mark.parametrize(("low", "floor"), [(0.5, "50"), (0.49, "40"), (0.19, "0")])
def test_the_axis_reaches_as_low_as_the_intervals(curve, low, floor):
    curve[1]["interval"]["low"] = low
    svg = draw_calibration(bins(curve), None, None)
    assert f'y="{BOTTOM + 4:g}" class="tick" text-anchor="end">{floor}\u202f%' in svg


def test_a_rise_and_a_fall_look_different():
    svg = draw_lift([Change("up", 0.2, 0.4), Change("down", 0.4, 0.2), Change("gone", 0.3, None)])
    assert svg.count("change rise") == svg.count("change fall") == 1
    assert "+20.0" in svg
    assert "\N{MINUS SIGN}20.0" in svg
    assert svg.count("<circle") == 5


def test_parts_are_as_wide_as_their_shares():
    svg = draw_parts([Part("a", 3, "judge"), Part("b", 1, "verifier"), Part("c", 0, "people-1")])
    assert widths(svg) == [748, 248, 0]
    assert "a: 3 (75.0\u202f%)" in svg


def test_parts_of_nothing_are_drawn_without_a_width():
    assert widths(draw_parts([Part("a", 0, "judge")])) == [0]


@pytest.mark.parametrize(("share", "width"), [(0.25, 250), (1.5, 1000), (-1, 0)])
def test_a_share_is_a_bar_within_the_whole(share, width):
    assert widths(draw_share(share, "drop")) == [width]
