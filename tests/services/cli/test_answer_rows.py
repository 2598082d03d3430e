"""Rows of any table of answers, and what is wrong with them."""

from math import isnan, nan
from typing import Any

import pytest

from ingot.errors import OrderError
from services.cli.answer_rows import as_text, find_columns, read_answers

ROW = {"item": "q", "worker": "x", "label": "a"}


@pytest.mark.parametrize(
    ("value", "text"),
    [("  yes ", "yes"), (1, "1"), (1.0, "1"), (0.5, "0.5"), (True, "true"), (-2.0, "-2")],
)
def test_names_and_labels_become_text(value: Any, text: str) -> None:
    assert as_text(value, "label") == text


@pytest.mark.parametrize("value", [None, "", "  ", nan, [1], {"a": 1}, b"x"])
def test_what_is_no_word_or_number_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="label"):
        as_text(value, "label")


def test_columns_are_found_by_any_of_their_names() -> None:
    present = ["Question", "REVIEWER", "verdict", "seconds"]
    rows = [dict.fromkeys(present, 1)]
    assert find_columns(present, rows, {}) == {
        "item": "Question",
        "worker": "REVIEWER",
        "label": "verdict",
        "time": "seconds",
    }


def test_a_named_column_wins_and_may_be_nested() -> None:
    rows = [{**ROW, "said": {"value": "b"}}]
    read = read_answers(rows, {"label": "said.value"})
    assert read.answers[0].label == "b"


def test_the_last_answer_of_a_person_counts() -> None:
    read = read_answers([ROW, {**ROW, "label": "b"}, {**ROW, "label": "c"}], {})
    assert [answer.label for answer in read.answers] == ["c"]
    assert [(bad.number, bad.reason) for bad in read.bad] == [
        (1, "answered again in row 2"),
        (2, "answered again in row 3"),
    ]


def test_gold_that_contradicts_itself_is_a_bad_row() -> None:
    rows = [{**ROW, "gold": "a"}, {**ROW, "worker": "y", "gold": "b"}, {**ROW, "worker": "z"}]
    read = read_answers(rows, {})
    assert read.gold == {"q": "a"}
    assert [bad.number for bad in read.bad] == [2]
    assert "gold 'b' contradicts 'a'" in read.bad[0].reason


@pytest.mark.parametrize(
    ("time", "seconds"), [(3, 3.0), (2.5, 2.5), (-1, nan), ("12:03", nan), (None, nan), (True, nan)]
)
def test_only_seconds_are_times(time: Any, seconds: float) -> None:
    found = read_answers([{**ROW, "time": time}], {}).answers[0].seconds
    assert found == seconds or (isnan(found) and isnan(seconds))


def test_a_table_without_any_answer_is_refused() -> None:
    with pytest.raises(OrderError, match="no row holds an answer; the first one: no label"):
        read_answers(
            [{"item": 1, "worker": 2, "label": None}, {"item": 1, "worker": 3, "label": ""}], {}
        )
