import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoTokenizer

from generation.engines.tool_calls import parse_tool_calls, read_answer
from ingot.records import ToolCall
from ingot.settings import MODELS

WEATHER = '{"name": "weather", "arguments": {"town": "Bern", "days": 2}}'
CALL = ToolCall(id="call_0", name="weather", arguments='{"days":2,"town":"Bern"}')


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return AutoTokenizer.from_pretrained(MODELS / "generator")


@pytest.mark.parametrize(
    "written",
    [
        f"<tool_call>\n{WEATHER}\n</tool_call>",
        f"<tool_call>{WEATHER}",
        WEATHER,
        WEATHER.replace("arguments", "parameters"),
        f"<|python_tag|>{WEATHER}",
        f"[TOOL_CALLS] [{WEATHER}]",
        f"[TOOL_CALLS]{WEATHER}",
        '[TOOL_CALLS]weather[ARGS]{"town": "Bern", "days": 2}',
        '[TOOL_CALLS]weather{"town": "Bern", "days": 2}',
        '{"name": "weather", "arguments": "{\\"days\\": 2, \\"town\\": \\"Bern\\"}"}',
    ],
)
def test_every_notation_gives_the_same_call(written: str) -> None:
    spoken = parse_tool_calls(written)
    assert (spoken.calls, spoken.text) == ((CALL,), "")


@pytest.mark.parametrize(
    "written",
    [
        f"<tool_call>{WEATHER}</tool_call>\n<tool_call>{WEATHER}</tool_call>",
        f"<tool_call>[{WEATHER}, {WEATHER}]</tool_call>",
        f"{WEATHER}; {WEATHER}",
        f"<|python_tag|>{WEATHER};{WEATHER}",
        f"[TOOL_CALLS] [{WEATHER}, {WEATHER}]",
        '[TOOL_CALLS]weather[ARGS]{"town":"Bern","days":2}'
        '[TOOL_CALLS]weather[CALL_ID]a1[ARGS]{"town":"Bern","days":2}',
    ],
)
def test_calls_are_numbered_in_their_order(written: str) -> None:
    calls = parse_tool_calls(written).calls
    assert [call.id for call in calls] == ["call_0", "call_1"]
    assert {call.arguments for call in calls} == {CALL.arguments}


@pytest.mark.parametrize(
    ("before", "call"),
    [
        ("Let me look.\n", f"<tool_call>{WEATHER}</tool_call>"),
        ("Let me look.", f"<|python_tag|>{WEATHER}"),
        ("Let me look.", f"[TOOL_CALLS][{WEATHER}]"),
    ],
)
def test_what_is_said_before_a_call_stays_text(before: str, call: str) -> None:
    spoken = parse_tool_calls(before + call)
    assert spoken.text == "Let me look."
    assert spoken.calls == (CALL,)


def test_a_broken_call_stays_text_beside_a_good_one() -> None:
    broken = "<tool_call>{no json}</tool_call>"
    spoken = parse_tool_calls(f"{broken}<tool_call>{WEATHER}</tool_call>")
    assert spoken.calls == (CALL,)
    assert spoken.text == broken


@pytest.mark.parametrize(
    "written",
    [
        "",
        "The weather is fine.",
        '{"town": "Bern"}',
        '{"name": 5, "arguments": {}}',
        '{"name": "", "arguments": {}}',
        '{"name": "f", "arguments": [1]}',
        '{"name": "f", "arguments": "no json"}',
        f"{WEATHER} and more words",
        f"Words before {WEATHER}",
        "<tool_call>",
        '<tool_call>{"name": "f", "arguments": {"x": NaN}}</tool_call>',
        '{"name": "f", "arguments": {"x": "\\ud800"}}',
        "[TOOL_CALLS]",
        "[TOOL_CALLS] not a call",
        '[TOOL_CALLS]f[ARGS]{"a": 1} and more',
        "[" * 100_000,
        '{"name":"f","arguments":' + '{"a":' * 5000,
    ],
)
def test_what_is_no_call_stays_text(written: str) -> None:
    spoken = parse_tool_calls(written)
    assert (spoken.text, spoken.calls) == (written, ())


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ["<tool_call>", "</tool_call>", "[TOOL_CALLS]", "[ARGS]", "<|python_tag|>", WEATHER]
            ),
            st.text(max_size=12),
        ),
        max_size=8,
    )
)
def test_no_text_raises_and_arguments_are_always_objects(parts: list[str]) -> None:
    for call in parse_tool_calls("".join(parts)).calls:
        assert isinstance(json.loads(call.arguments), dict)


def test_tokens_are_read_without_the_end_of_the_turn(tokenizer: Any) -> None:
    tokens = tokenizer.encode(WEATHER + "<|end|>", add_special_tokens=False)
    assert read_answer(tokenizer, tokens, WEATHER, ()).calls == (CALL,)


def test_a_call_behind_a_stop_text_was_not_made(tokenizer: Any) -> None:
    tokens = tokenizer.encode(f"STOP <tool_call>{WEATHER}", add_special_tokens=False)
    spoken = read_answer(tokenizer, tokens, "said", ("STOP",))
    assert (spoken.text, spoken.calls) == ("said", ())
