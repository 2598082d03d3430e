from xml.etree import ElementTree

import pytest

from services.report.histogram import BINS, count_bins, draw_histogram

SVG = "{http://www.w3.org/2000/svg}"


def test_every_value_is_in_one_bin_and_the_last_holds_its_end() -> None:
    counts = count_bins([0.0, 0.049, 0.05, 0.5, 1.0, 1.0], 0.0, 1.0)
    assert sum(counts) == 6
    assert (counts[0], counts[1], counts[10], counts[-1]) == (2, 1, 1, 2)


@pytest.mark.parametrize("values", [[], [0.3], [2.0, 2.0], [0.1, 0.9, 0.9]])
def test_the_drawing_is_whole_and_tells_each_bar(values: list[float]) -> None:
    drawn = ElementTree.fromstring(draw_histogram(values, "a < b & c"))
    bars = drawn.findall(f"{SVG}rect")
    assert len(bars) == len(set(values)) <= BINS
    told = [int(bar.findtext(f"{SVG}title", "").rpartition(" ")[2]) for bar in bars]
    assert sum(told) == len(values)
    assert drawn.get("aria-label") == "a < b & c"
