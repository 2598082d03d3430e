"""Whatever comes from outside is read or refused with a fault that names the field."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.review.kinds import KINDS, AnswerFault, ItemFault, Rubric, RubricFault

ITEM = {
    "prompt": [{"role": "user", "content": "?"}],
    "a": [{"role": "assistant", "content": "a"}],
    "b": [{"role": "assistant", "content": "b"}],
}
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "preference",
    ["1", "", True, None, 1.5, float("nan"), float("inf"), -(10**20), [1], {"a": 1}],
)
def test_only_a_whole_number_is_a_preference(preference):
    with pytest.raises(AnswerFault) as caught:
        KINDS["pairwise"].read_answer({"preference": preference}, ITEM, Rubric())
    assert caught.value.pointer == "/preference"
    assert len(caught.value.detail) < 300


def test_a_number_of_any_length_is_refused():
    with pytest.raises(AnswerFault, match="less than or equal to 3"):
        KINDS["pairwise"].read_answer({"preference": 10**5000}, ITEM, Rubric())


@pytest.mark.parametrize("answer", [None, [], "text", 1])
def test_an_answer_is_an_object(answer):
    with pytest.raises(AnswerFault, match="no JSON object"):
        KINDS["pairwise"].read_answer(answer, ITEM, Rubric())


def test_a_flood_of_fields_is_refused_at_once():
    with pytest.raises(AnswerFault, match="too many"):
        KINDS["pairwise"].read_answer(dict.fromkeys(map(str, range(100)), 1), ITEM, Rubric())


@pytest.mark.parametrize("text", ["a\x00b", "\ud800", "x" * 100_001])
def test_a_text_that_cannot_be_stored_is_refused(text):
    with pytest.raises(AnswerFault) as caught:
        KINDS["write"].read_answer({"text": text}, {}, Rubric())
    assert caught.value.pointer == "/text"


def test_an_item_is_no_longer_than_a_person_can_be_shown():
    long = [{"role": "user", "content": "x" * 400_000}]
    assert KINDS["pairwise"].read_item(ITEM | {"prompt": long})
    with pytest.raises(ItemFault, match="1000000 are the most"):
        KINDS["pairwise"].read_item({"prompt": long, "a": long, "b": long})


@pytest.mark.parametrize(
    ("field", "pointer"),
    [
        ({"content": "a\x00"}, "/prompt/0/content"),
        ({"content": "x" * 400_001}, "/prompt/0/content"),
        ({"role": "robot"}, "/prompt/0/role"),
        ({"html": "<b>"}, "/prompt/0/html"),
        ({"tool_calls": [{"id": "1", "name": "\x00", "arguments": ""}]}, "/prompt/0/tool_calls/0"),
    ],
)
def test_a_turn_that_does_not_fit_is_named(field, pointer):
    turn = ITEM["prompt"][0] | field
    with pytest.raises(ItemFault) as caught:
        KINDS["pairwise"].read_item(ITEM | {"prompt": [turn]})
    assert caught.value.pointer.startswith(pointer)


def nested(depth: int) -> Any:
    value: Any = "deep"
    for _ in range(depth):
        value = {"in": value}
    return value


@pytest.mark.parametrize(
    "tool",
    [
        nested(17),
        nested(5_000),
        {"a": float("nan")},
        {"a": 2**53 + 1},
        {"a\x00": 1},
        {"a": ["\ud800"]},
        {"\ud800": 1},
        "text",
    ],
)
def test_a_tool_that_cannot_be_stored_is_refused(tool):
    messages = ITEM["a"]
    with pytest.raises(ItemFault) as caught:
        KINDS["trajectory"].read_item({"messages": messages, "tools": [tool]})
    assert caught.value.pointer.startswith("/tools")


def test_tools_can_be_the_json_text_of_a_record():
    tools = [nested(15)]
    item = KINDS["trajectory"].read_item({"messages": ITEM["a"], "tools": json.dumps(tools)})
    assert item.model_dump(mode="json")["tools"] == tools
    with pytest.raises(ItemFault):
        KINDS["trajectory"].read_item({"messages": ITEM["a"], "tools": "[" * 100_000})


@given(raw=anything)
def test_any_answer_is_read_or_refused(raw):
    for kind in KINDS.values():
        with pytest.raises(AnswerFault):
            kind.read_answer({"preference": raw, "score": raw, "text": raw}, ITEM, Rubric())


@given(raw=st.dictionaries(st.sampled_from(sorted(Rubric.model_fields)), anything, max_size=3))
def test_any_rubric_is_read_or_refused(raw):
    try:
        rubric = KINDS["rating"].read_rubric(raw)
    except RubricFault:
        return
    assert rubric.criteria


@given(value=anything)
def test_an_item_that_is_read_can_be_stored(value):
    raw = {"messages": ITEM["a"], "tools": [{"parameters": value}]}
    try:
        item = KINDS["trajectory"].read_item(raw)
    except ItemFault:
        return
    assert b"\\u0000" not in orjson.dumps(item.model_dump(mode="json"))
