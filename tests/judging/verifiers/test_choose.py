import json

import pytest

from ingot.errors import OrderError
from judging.sandbox.bubblewrap import Sandbox
from judging.verifiers.choose import VERIFIERS, check, describe_verifiers

CASES = {
    "answer": ("#### 12", "#### 13", "12"),
    "math": ("\\boxed{\\frac12}", "\\boxed{\\frac13}", "\\frac{1}{2}"),
    "numeric": ("3.51", "4", '{"value": 3.5, "abs": 0.01}'),
    "exact": ("a", "b", "a"),
    "regex": ("aaa", "b", '{"pattern": "a+", "full": true}'),
    "constraints": ("one", "one two", '[{"name": "max_words", "n": 1}]'),
    "constraints_loose": ("Well,\none", "one two", '[{"name": "max_words", "n": 1}]'),
    "json_schema": ('{"a": 1}', "{}", '{"required": ["a"]}'),
    "tool_calls": (
        "[f(a=1)]",
        "[f(a=2)]",
        json.dumps({"functions": [{"name": "f"}], "possible": [{"f": {"a": [1]}}]}),
    ),
    "trajectory": (
        '{"messages": [], "state": {"a": 1}}',
        '{"messages": [], "state": {"a": 2}}',
        '{"state": {"a": 1}}',
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_each_verifier_is_found_by_its_name(name):
    right, wrong, reference = CASES[name]
    assert (await check(name, right, reference, Sandbox())).outcome == "right"
    assert (await check(name, wrong, reference, Sandbox())).outcome == "wrong"


def test_all_are_listed_with_their_reference():
    assert set(VERIFIERS) == {*CASES, "code"}
    assert [name for name, _ in describe_verifiers()] == list(VERIFIERS)
    assert all(reference for _, reference in describe_verifiers())


async def test_an_unknown_name_lists_those_there_are():
    with pytest.raises(OrderError, match=r"use one of answer, math"):
        await check("nonsense", "12", "12", Sandbox())


@pytest.mark.parametrize("name", CASES)
async def test_hostile_texts_and_references_raise_nothing(name):
    for text in ("", "[" * 50_000, '{"a":' * 20_000, "\\boxed{" * 20_000, "\x00" * 10, "9" * 10**5):
        for reference in (CASES[name][2], text):
            found = await check(name, text, reference, Sandbox())
            assert found.outcome in ("wrong", "unsure", "right")
