import re

import pytest

from services.report.diversity_chart import BOTTOM, LEFT, RIGHT, TOP, Dot, draw_cells, draw_plane


def bars(svg):
    """Title, left edge, top, height and colour of each bar."""
    found = re.findall(
        r'<rect x="([\d.]+)" y="([\d.]+)" width="[\d.]+" height="([\d.]+)" fill="([^"]+)">'
        r"<title>([^<]+)</title>",
        svg,
    )
    return [(title, float(x), float(y), float(h), fill) for x, y, h, fill, title in found]


def circles(svg):
    found = re.findall(r'<circle cx="([\d.]+)" cy="([\d.]+)" r="[\d.]+" fill="([^"]+)"', svg)
    return [(float(x), float(y), fill) for x, y, fill in found]


def test_the_fullest_cell_comes_first():
    drawn = bars(draw_cells([1, 4, 0]))
    assert [title for title, *_ in drawn] == [
        "cell 1: 4 texts (80.0\u202f%)",
        "cell 0: 1 text (20.0\u202f%)",
        "cell 2: 0 texts (0.0\u202f%)",
    ]
    assert [x for _, x, *_ in drawn] == sorted(x for _, x, *_ in drawn)
    assert [height for _, _, _, height, _ in drawn] == [BOTTOM - TOP, (BOTTOM - TOP) / 4, 0]


@pytest.mark.parametrize(
    ("counts", "label"), [([30, 0], "15"), ([9, 10], "9.5"), ([4000, 1], "2,000")]
)
def test_the_even_line_says_how_many_each_would_hold(counts, label):
    assert f">even: {label} each</text>" in draw_cells(counts)


def test_the_even_line_stands_at_the_mean():
    middle = (TOP + BOTTOM) / 2
    svg = draw_cells([4, 0])
    assert f'y1="{middle:g}" x2="{RIGHT:g}" y2="{middle:g}" class="target"' in svg


@pytest.mark.parametrize(
    ("most", "ticks"),
    [
        (0, ["0", "1"]),
        (1, ["0", "1"]),
        (5, ["0", "1", "2", "3", "4", "5"]),
        (6, ["0", "2", "4", "6"]),
        (25, ["0", "5", "10", "15", "20", "25"]),
        (26, ["0", "10", "20", "30"]),
        (5001, ["0", "2,000", "4,000", "6,000"]),
    ],
)
def test_ticks_are_few_and_round(most, ticks):
    assert re.findall(r'class="tick" text-anchor="end">([\d,]+)<', draw_cells([most])) == ticks


def test_no_cells_are_drawn_as_such():
    svg = draw_cells([])
    assert bars(svg) == []
    assert "0 cells" in svg


def test_a_dot_has_the_colour_of_its_bar():
    (_, _, _, _, fill), *_ = bars(draw_cells([0, 0, 7]))
    ((_, _, dot),) = circles(draw_plane([Dot(1, 1, 2)], 0.1))
    assert fill == dot
    assert len({colour for *_, colour in bars(draw_cells([1] * 50))}) == 50


def test_the_origin_is_in_the_middle_and_both_axes_have_one_scale():
    x0, y0 = (LEFT + RIGHT) / 2, (TOP + BOTTOM) / 2
    (x1, y1, _), (x2, y2, _) = circles(draw_plane([Dot(0, 0, 0), Dot(2, 3, 0)], 0.1))
    assert (x1, y1) == (x0, y0)
    assert (x2 - x0) / 2 == pytest.approx((y0 - y2) / 3, abs=0.01)


@pytest.mark.parametrize("dot", [Dot(9, 0, 0), Dot(-9, 0, 0), Dot(0, 9, 0), Dot(0, -9, 0)])
def test_every_dot_is_inside(dot):
    ((x, y, _),) = circles(draw_plane([dot], 0.1))
    assert LEFT < x < RIGHT
    assert TOP < y < BOTTOM


def test_the_plane_says_what_it_does_not_show():
    assert "1 text; the plane holds 9\u202f% of the variance" in draw_plane([Dot(0, 0, 0)], 0.09)
    assert "0 texts" in draw_plane([], 0)
