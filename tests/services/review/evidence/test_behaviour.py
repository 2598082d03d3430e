"""Evidence in how a text came onto the page, and where it is none."""

from typing import Any

import pytest

from services.review.evidence.behaviour import find
from services.review.evidence.writing import Writing

SMOOTH = {"typed": 600, "bursts": [{"ms": 100_000, "chars": 300}] * 2}


def _found(**counts: Any) -> dict[str, str]:
    return {e.rule: e.severity for e in find(Writing.model_validate(counts))}


def _pasted(chars: int, source: str = "outside") -> list[dict[str, Any]]:
    return [{"chars": chars, "source": source}]


@pytest.mark.parametrize(
    ("pasted", "typed", "severity"),
    [(290, 710, None), (300, 700, "note"), (690, 310, "note"), (700, 300, "review")],
)
def test_the_share_from_outside_decides(pasted: int, typed: int, severity: str | None) -> None:
    found = _found(typed=typed, pasted=_pasted(pasted))
    assert found.get("pasted_outside") == severity


@pytest.mark.parametrize("source", ["task", "self"])
def test_quotes_and_moved_text_are_no_evidence(source: str) -> None:
    assert _found(typed=100, pasted=_pasted(900, source)) == {}


def test_a_dropped_text_counts_as_pasted_from_outside() -> None:
    assert _found(dropped=600) == {"pasted_outside": "review"}


def test_a_short_text_shows_nothing() -> None:
    assert _found(pasted=_pasted(119)) == {}
    assert _found(pasted=_pasted(120)) == {"pasted_outside": "review"}


def test_text_that_came_before_counting_is_no_evidence() -> None:
    assert _found(chars=5000, typed=150, edits=20) == {}


@pytest.mark.parametrize("device", ["mobile", "ime"])
def test_phones_and_input_methods_insert_without_keys(device: str) -> None:
    assert _found(silent=1000) == {"silent_insertion": "review"}
    assert _found(silent=1000, **{device: True}) == {}


@pytest.mark.parametrize(
    ("ms", "severity"), [(10_100, None), (10_000, "note"), (6_100, "note"), (6_000, "review")]
)
def test_long_bursts_faster_than_people_type(ms: int, severity: str | None) -> None:
    found = _found(typed=120, bursts=[{"ms": ms, "chars": 120}])
    assert found.get("typing_speed") == severity


def test_short_fast_bursts_are_words_that_fingers_know() -> None:
    assert _found(typed=200, bursts=[{"ms": 1, "chars": 39}] * 5) == {}


def test_long_bursts_without_edits_look_retyped() -> None:
    assert _found(**SMOOTH) == {"retyped": "review"}
    assert _found(**SMOOTH, edits=3) == {"retyped": "note"}


def test_bursts_beyond_the_most_that_are_kept_do_not_lengthen_the_mean() -> None:
    bursts = [{"ms": 20_000, "chars": 60}] * 200
    assert _found(typed=60_000, bursts=bursts, edits=3_000) == {}


def test_pauses_and_edits_are_how_people_write() -> None:
    bursts = [{"ms": 20_000, "chars": 60}] * 10
    assert _found(typed=600, bursts=bursts, edits=30) == {}


def test_absurd_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="typed"):
        Writing.model_validate({"typed": -1})
    with pytest.raises(ValueError, match="pasted"):
        Writing.model_validate({"pasted": _pasted(1) * 201})
