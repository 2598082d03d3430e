import json

import pytest

from ingot.record import ToolCall, Turn
from ingot.records import Trajectory
from judging.verifiers.tools.states import find_difference
from judging.verifiers.tools.trajectory import check_record, check_trajectory

CALL = {"id": "1", "type": "function", "function": {"name": "book", "arguments": '{"seat": 3}'}}
MESSAGES = [
    {"role": "user", "content": "Book a seat."},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "1", "content": "ok"},
    {"role": "assistant", "content": "Done. The answer is 12."},
]
STATE = {"seats": {"3": "ada", "4": None}, "paid": 12.0}


def check(reference, **run):
    text = json.dumps({"messages": MESSAGES, "state": STATE} | run)
    return check_trajectory(text, json.dumps(reference))


@pytest.mark.parametrize(
    "reference",
    [
        {"state": {"seats": {"3": "ada"}}},
        {"state": {"paid": 12}},
        {"state": STATE, "exact": True},
        {"must_call": [{"name": "book", "arguments": {"seat": 3}}]},
        {"must_call": [{"name": "book"}], "must_not_call": ["cancel"], "max_calls": 1},
        {"answer": "12"},
        {"answer": 12, "state": {}},
    ],
)
def test_a_run_that_keeps_all_demands_is_right(reference):
    assert check(reference).outcome == "right"


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ({"state": {"seats": {"3": "bob"}}}, "state.seats.3 is 'ada'"),
        ({"state": {"seats": {"5": None}}}, "state.seats has no '5'"),
        ({"state": {"paid": 12}, "exact": True}, "state has 'seats' as well"),
        ({"must_call": [{"name": "book", "arguments": {"seat": 4}}]}, "book is not called so"),
        ({"must_not_call": ["book"]}, "book is called"),
        ({"max_calls": 0}, "1 calls"),
        ({"answer": "13"}, "the answer: different numbers"),
    ],
)
def test_one_broken_demand_is_wrong(reference, reason):
    found = check(reference)
    assert (found.outcome, found.reason) == ("wrong", reason)


def test_a_state_nobody_gave_is_unsure_unless_something_else_is_broken():
    text = json.dumps({"messages": MESSAGES})
    assert check_trajectory(text, '{"state": {}}').outcome == "unsure"
    assert check_trajectory(text, '{"state": {}, "max_calls": 0}').outcome == "wrong"


def test_an_answer_that_is_not_found_is_unsure():
    messages = [{"role": "assistant", "content": "About a dozen."}]
    assert check({"answer": "12"}, messages=messages).outcome == "unsure"
    assert check({"answer": "12"}, messages=[]).outcome == "unsure"


def test_leaves_are_equal_in_value_and_kind():
    assert find_difference(True, 1, exact=True)
    assert find_difference("1", 1, exact=True)
    assert find_difference([1, 2], [1], exact=False)
    assert not find_difference([{"a": 1, "b": 2}], [{"a": 1.0}], exact=False)
    assert find_difference([{"a": 1, "b": 2}], [{"a": 1}], exact=True) == (
        "state[0] has 'b' as well"
    )


def test_a_record_is_checked_with_its_final_state():
    call = ToolCall(id="1", name="book", arguments='{"seat": 3}')
    turns = (
        Turn(role="user", content="Book."),
        Turn(role="assistant", content="", tool_calls=(call,)),
    )
    record = Trajectory(messages=turns, tools="[]", environment="desk", success=True)
    wanted = json.dumps({"state": {"paid": 12}, "must_call": [{"name": "book"}]})
    assert check_record(record, STATE, wanted).outcome == "right"
    assert check_record(record, {"paid": 0}, wanted).outcome == "wrong"
    assert check_record(record, None, wanted).outcome == "unsure"


@pytest.mark.parametrize(
    "reference",
    [
        {},
        {"exact": True},
        {"states": {}},
        {"must_call": ["book"]},
        {"must_call": [{"name": "book", "args": {}}]},
        {"must_not_call": "book"},
        {"max_calls": "3"},
        {"answer": ["12"]},
    ],
)
def test_an_unusable_reference_is_unsure(reference):
    assert check(reference).reason.startswith("no usable reference")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"messages": 1}', '{"messages": ["a"]}', "[" * 100_000, "{" * 1_000],
)
def test_a_text_that_is_no_run_is_unsure(text):
    assert check_trajectory(text, '{"max_calls": 3}').outcome == "unsure"


@pytest.mark.parametrize("calls", [[1], [{"name": 1}], [{"name": "f"}], "f()", [CALL] * 1_001])
def test_calls_nobody_can_read_are_unsure(calls):
    messages = [{"role": "assistant", "content": "", "tool_calls": calls}]
    assert check({"max_calls": 3}, messages=messages).outcome == "unsure"
