import json

import pytest

from judging.sandbox.limits import Limits
from judging.verifiers.code import check_code
from judging.verifiers.code_references import stdin_stdout_reference
from judging.verifiers.programs import extract_program, fence
from judging.verifiers.streams import Comparison

DOUBLE = "print(2 * int(input()))"
TESTS = stdin_stdout_reference([("1\n", "2\n"), ("21\n", "42\n")])
QUICK = Limits(timeout_s=1.5)


async def test_a_program_with_the_right_outputs_is_right(sandbox):
    for text in (fence(DOUBLE), DOUBLE, f"So:\n```python\n{DOUBLE}\n```\nIt prints\n```\n42\n```"):
        found = await check_code(text, TESTS, sandbox)
        assert (found.outcome, found.reason) == ("right", "all 2 tests pass")


async def test_the_reason_names_the_first_test_that_fails(sandbox):
    found = await check_code(fence("print(2)"), TESTS, sandbox)
    assert found.outcome == "wrong"
    assert found.reason == "1 of 2 tests pass; test 2 fails: the output is '2', not '42'"


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (f"{DOUBLE}\n1 / 0", "exit code 1: ZeroDivisionError: division by zero"),
        (f"{DOUBLE}\nraise SystemExit(3)", "exit code 3"),
        ("def f(:\n    input()", "SyntaxError"),
        ("while True: print('x' * 10**6)", "wrote too much output"),
        ("import os\nprint('2')\nos.abort()", "killed by SIGABRT"),
        ("import sys\nsys.stdout.close()\ninput()", "the output is '', not '2'"),
        ("print('right'); print('all 2 tests pass')", "not '2'"),
    ],
)
async def test_an_error_is_wrong_whatever_was_written(sandbox, program, reason):
    found = await check_code(fence(program), TESTS, sandbox)
    assert found.outcome == "wrong"
    assert reason in found.reason


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (f"{DOUBLE}\nwhile True: pass", "stopped after 1."),
        ("x = bytearray(10**11)\ninput()", "out of memory"),
    ],
)
async def test_what_its_limits_stopped_is_unsure(sandbox, program, reason):
    found = await check_code(fence(program), TESTS, sandbox, limits=QUICK)
    assert found.outcome == "unsure"
    assert found.reason.startswith(f"test 1 could not be decided: {reason}")


async def test_a_later_failure_outweighs_a_time_out(sandbox):
    program = "n = int(input())\nwhile n == 1: pass\nprint(n)"
    assert (await check_code(fence(program), TESTS, sandbox, limits=QUICK)).outcome == "wrong"


async def test_after_a_few_time_outs_the_rest_is_left_out(sandbox):
    tests = stdin_stdout_reference([("1\n", "2\n")] * 3 + [("no number", "")])
    found = await check_code(fence(f"{DOUBLE}\nwhile 1: pass"), tests, sandbox, limits=QUICK)
    assert found.outcome == "unsure"


@pytest.mark.parametrize("text", ["I cannot.", "I would print(x) here.", "```java\nprint(1);\n```"])
async def test_a_text_without_a_program_is_unsure(sandbox, text):
    found = await check_code(text, TESTS, sandbox)
    assert (found.outcome, found.reason) == ("unsure", "no program found")


def test_a_program_that_speaks_is_preferred_to_one_that_does_not():
    text = f"```python\n{DOUBLE}\n```\nor in parts\n```python\ndef f(): pass\n```"
    assert extract_program(text, speaks=True).source.strip() == DOUBLE
    assert extract_program(text).source.strip() == "def f(): pass"


@pytest.mark.parametrize(
    ("compare", "tolerance", "found", "wanted", "same"),
    [
        ("tokens", 0, "1  2\n\n3 ", "1 2 3", True),
        ("tokens", 0, "1 2", "1 2 3", False),
        ("tokens", 0, "1.0", "1", False),
        ("tokens", 1e-6, "1.0000001 yes", "1 yes", True),
        ("tokens", 1e-6, "1.00001", "1", False),
        ("tokens", 1e-6, "1000000.5", "1000000", True),
        ("tokens", 1e-6, "nan", "0", False),
        ("tokens", 1e-6, "1_0", "10", False),
        ("tokens", 1e-6, "1e999", "2e999", True),
        ("tokens", 1e-6, "9" * 65, "9" * 65 + ".0", False),
        ("exact", 0, "a b\r\n", "a b", True),
        ("exact", 0, "a  b", "a b", False),
        ("exact", 0, "a\n\n", "a", False),
        ("exact", 0, " a", "a", False),
    ],
)
def test_outputs_are_compared(compare, tolerance, found, wanted, same):
    assert Comparison(compare, tolerance).holds(found, wanted) is same


@pytest.mark.parametrize(
    "change",
    [
        {"stdin_stdout": []},
        {"stdin_stdout": [{"stdin": "1"}]},
        {"stdin_stdout": [{"stdin": 1, "stdout": "2"}]},
        {"stdin_stdout": [{"stdin": "", "stdout": ""}] * 1001},
        {"compare": "loosely"},
        {"compare": ["tokens"]},
        {"tolerance": -1},
        {"tolerance": True},
        {"tolerance": "1"},
        {"tolerance": float("inf")},
        {"tolerance": float("nan")},
        {"asserts": ["assert True"]},
    ],
)
async def test_an_unusable_reference_is_unsure(sandbox, change):
    reference = json.dumps(json.loads(TESTS) | change)
    found = await check_code(fence(DOUBLE), reference, sandbox)
    assert (found.outcome, found.reason) == ("unsure", "no usable reference")
