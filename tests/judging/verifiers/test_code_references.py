import json

import pytest

from judging.verifiers.code import check_code
from judging.verifiers.code_references import (
    humaneval_program,
    humaneval_reference,
    mbpp_reference,
    read_reference,
)
from judging.verifiers.programs import extract_program, fence

ROW = {
    "prompt": "from typing import List\n\ndef shift(s: str):\n    return s[::-1]\n\n"
    'def unshift(s: str) -> List[str]:\n    """Undo shift."""\n',
    "entry_point": "unshift",
    "test": "def check(candidate):\n    assert candidate(shift('abc')) == ['a', 'b', 'c']\n",
}
BODY = "    return list(s[::-1])\n"


async def test_a_completion_of_the_prompt_is_checked(sandbox):
    reference = humaneval_reference(ROW)
    right = await check_code(fence(humaneval_program(ROW, BODY)), reference, sandbox)
    wrong = await check_code(fence(humaneval_program(ROW, "    return s")), reference, sandbox)
    assert (right.outcome, wrong.outcome) == ("right", "wrong")


async def test_an_answer_may_leave_out_what_stands_in_the_prompt(sandbox):
    reference = humaneval_reference(ROW)
    alone = fence(f"def unshift(s) -> List[str]:\n{BODY}")
    assert (await check_code(alone, reference, sandbox)).outcome == "right"
    future = fence(f"from __future__ import annotations\ndef unshift(s: No):\n{BODY}")
    assert (await check_code(future, reference, sandbox)).outcome == "right"
    nothing = fence("def another(s): return list(s[::-1])")
    assert (await check_code(nothing, reference, sandbox)).outcome == "wrong"


async def test_setup_and_imports_of_mbpp_are_the_tests(sandbox):
    row = {"test_list": ["assert area(1) == math.pi"], "test_imports": ["import math"]}
    program = fence("import math\ndef area(r): return math.pi * r * r")
    assert (await check_code(program, mbpp_reference(row), sandbox)).outcome == "right"
    row = {"test_list": ["assert f(x) == 2"], "test_setup_code": "x = 1"}
    program = fence("def f(n): return n + 1")
    assert (await check_code(program, mbpp_reference(row), sandbox)).outcome == "right"


@pytest.mark.parametrize("field", ["entry_point", "setup", "prelude"])
def test_a_text_that_is_none_is_refused(field):
    assert read_reference(json.dumps({"asserts": ["assert True"], field: 3})) is None


@pytest.mark.parametrize(
    "source", ["def f(): pass", "s = '''\n```python\nno\n```\n'''\ndef f(): 1"]
)
def test_a_fenced_program_is_found_again(source):
    assert extract_program(fence(source)).source == source + "\n"
