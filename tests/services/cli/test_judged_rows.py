"""Rows of all sorts become items, or bad rows with a reason; nothing else happens."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingot.errors import OrderError
from services.cli.judged_rows import (
    Columns,
    answer_reader,
    list_reader,
    pair_reader,
    read_items,
    run_reader,
)
from services.cli.judged_texts import read_run

HI, HELLO, BYE = (
    {"role": "user", "content": "hi"},
    {"role": "assistant", "content": "hello"},
    {"role": "assistant", "content": "bye"},
)
COLUMNS = Columns()


def test_an_answer_comes_with_its_prompt_in_many_forms() -> None:
    rows: list[dict[str, Any]] = [
        {"prompt": "hi", "completion": "hello"},
        {"prompt": [HI], "completion": [HELLO]},
        {"prompt": [HI], "completion": [HI, HELLO]},
        {"completion": [HI, HELLO]},
        {"messages": [HI, HELLO]},
    ]
    found = read_items(rows, answer_reader(rows, COLUMNS))
    assert found.bad == []
    assert len({item.id for item in found.items}) == 1


def test_a_pair_comes_in_many_forms() -> None:
    rows: list[dict[str, Any]] = [
        {"prompt": "hi", "chosen": "hello", "rejected": "bye"},
        {"prompt": [HI], "chosen": [HI, HELLO], "rejected": [HI, BYE]},
        {"chosen": [HI, HELLO], "rejected": [HI, BYE]},
    ]
    found = read_items(rows, pair_reader(rows, COLUMNS))
    assert len({pair.id for pair, _ in found.items}) == 1
    listed = [{"prompt": "hi", "completions": ["hello", {"response": "bye"}]}]
    assert read_items(listed, pair_reader(listed, COLUMNS)).items[0][0] == found.items[0][0]


def test_another_reference_is_another_item() -> None:
    rows = [{"prompt": "hi", "completion": "hello", "reference": known} for known in (None, 4, "5")]
    found = read_items(rows, answer_reader(rows, COLUMNS))
    assert [item.reference for item in found.items] == ["", "4", "5"]
    assert len({item.id for item in found.items}) == 3


def test_calls_are_read_in_our_form_and_in_openais() -> None:
    ours = {"id": "1", "name": "f", "arguments": '{"x":1}'}
    theirs = {"id": "1", "type": "function", "function": {"name": "f", "arguments": {"x": 1}}}
    for call in (ours, theirs):
        (turn,) = read_run([{"role": "assistant", "content": None, "tool_calls": [call]}], "m")
        (read,) = turn.tool_calls
        assert (read.name, read.arguments) == ("f", '{"x":1}')


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"prompt": " ", "completion": "x"}, "prompt is empty"),
        ({"completion": "x"}, "prompt is missing, not a text or a list of messages"),
        ({"prompt": "hi"}, "completion is missing"),
        ({"prompt": "hi", "completion": 4}, "completion is of type int"),
        ({"prompt": [{"role": "boss"}], "completion": "x"}, "not a message with a role of"),
        ({"prompt": [HI | {"content": [1]}], "completion": "x"}, "content is of type list"),
        ({"prompt": "hi", "completion": "x", "reference": [1]}, "reference is of type list"),
        ({"completion": [HELLO, HI]}, "no conversation that ends with the assistant's answer"),
    ],
)
def test_a_bad_row_says_why(row: dict[str, Any], reason: str) -> None:
    good = {"prompt": "hi", "completion": "hello"}
    rows = [good, row]
    found = read_items(rows, answer_reader(rows, COLUMNS))
    assert found.rows == [good]
    (bad,) = found.bad
    assert (bad["row"], bad["content"]) == (2, row)
    assert reason in bad["reason"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["role", "content", "tool_calls", "function", "name", "text", "x"]),
            inner | st.sampled_from(["user", "assistant", "tool"]),
            max_size=4,
        )
    ),
    max_leaves=12,
)
ROWS = st.lists(
    st.dictionaries(
        st.sampled_from(
            ["prompt", "completion", "completions", "a", "b", "chosen", "rejected", "messages"]
        ),
        JSON,
    ),
    max_size=4,
)


@pytest.mark.parametrize("reader", [answer_reader, pair_reader, list_reader, run_reader])
@given(rows=ROWS)
def test_whatever_rows_hold_each_is_an_item_or_a_bad_row(reader: Any, rows: Any) -> None:
    try:
        read = reader(rows, COLUMNS)
    except OrderError:
        return  # a column is not there at all
    found = read_items(rows, read)
    assert len(found.items) == len(found.rows)
    assert len(found.rows) + len(found.bad) == len(rows)
