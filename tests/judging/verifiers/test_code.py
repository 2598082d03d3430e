import asyncio
import json

import pytest

from benchmarks.deciding.tampering import REFERENCES, RIGHT, TAMPERINGS, WIRE, tamper
from ingot.errors import OrderError
from judging.sandbox.limits import Limits
from judging.verifiers.choose import VERIFIERS, check
from judging.verifiers.code import check_code
from judging.verifiers.code_references import (
    humaneval_program,
    humaneval_reference,
    mbpp_reference,
)
from judging.verifiers.programs import extract_program, fence

CASES, ASSERTS = REFERENCES["cases"], REFERENCES["asserts"]


def fenced(program):
    return f"Here it is:\n```python\n{program}\n```\nDone."


@pytest.mark.parametrize("reference", [CASES, ASSERTS])
async def test_a_right_program_is_right(sandbox, reference):
    found = await check_code(fenced(RIGHT), reference, sandbox)
    assert (found.outcome, found.reason) == ("right", "all 2 tests pass")
    assert found.final.strip() == RIGHT


async def test_the_reason_names_the_first_test_that_fails(sandbox):
    program = fenced("def double(x):\n    return 2")
    by_case = await check_code(program, CASES, sandbox)
    by_assert = await check_code(program, ASSERTS, sandbox)
    assert (by_case.outcome, by_assert.outcome) == ("wrong", "wrong")
    assert by_case.reason.startswith("1 of 2 tests pass; case [[1, 2]] fails")
    assert by_assert.reason.startswith("1 of 2 tests pass; assert double('a') == 'aa' fails")


@pytest.mark.parametrize("attempt", TAMPERINGS, ids=lambda attempt: attempt.name)
async def test_no_trick_passes_a_test(sandbox, attempt):
    assert await tamper(attempt, sandbox) == [attempt.outcome] * 2 + ["right"] * 2


READ_TESTER = """
import ctypes, os
libc = ctypes.CDLL(None)
tester = os.pidfd_open(os.getppid())
taken = libc.syscall(438, tester, 1, 0)  # pidfd_getfd: the tester's standard output
attached = libc.ptrace(16, os.getppid(), 0, 0)
def double(x): return [taken, attached]
"""


async def test_the_tester_can_be_neither_read_nor_traced(sandbox):
    reference = json.dumps({"asserts": ["assert double(1) == [-1, -1]"]})
    assert (await check_code(fenced(READ_TESTER), reference, sandbox)).outcome == "right"


FORGED_NAMES = f"""{WIRE}
import json
names = [["f", 2], ["__builtins__", ["dict", []]], ["abs", 0], ["math", ["ref", 0, "module"]]]
os.write(WIRE, json.dumps({{"value": names}}).encode() + b"\\n")
"""


async def test_a_program_cannot_replace_what_its_tests_use(sandbox):
    honest = "abs = lambda x: 0\nclass math:\n    isclose = lambda *a: True\ndef f(x): return 3"
    reference = json.dumps({"setup": "import math", "asserts": ["assert math.isclose(f(1), 2)"]})
    assert (await check_code(fenced(honest), reference, sandbox)).outcome == "wrong"
    reference = json.dumps({"asserts": ["assert abs(-5) == 5 and f == 2"]})
    assert (await check_code(fenced(FORGED_NAMES), reference, sandbox)).outcome == "right"


@pytest.mark.parametrize(
    "body",
    [
        "def double(x):\n    yield 2",
        "def double(x): return bytearray(10 * 2**30)",
    ],
)
async def test_what_no_test_can_decide_is_unsure(sandbox, body):
    checks = [check_code(fenced(body), tests, sandbox) for tests in (CASES, ASSERTS)]
    assert [found.outcome for found in await asyncio.gather(*checks)] == ["unsure", "unsure"]


async def test_a_time_out_is_unsure_unless_a_test_had_failed_before(sandbox, monkeypatch):
    monkeypatch.setattr("judging.verifiers.code.LIMITS", Limits(timeout_s=3))
    slow = "def double(x):\n    while True: pass"
    wrong_then_slow = "def double(x):\n    while x != 1: pass"
    checks = await asyncio.gather(
        check_code(fenced(slow), CASES, sandbox),
        check_code(fenced(wrong_then_slow), CASES, sandbox),
    )
    assert [found.outcome for found in checks] == ["unsure", "wrong"]
    assert checks[0].reason.startswith("stopped after 3.")


async def test_a_program_that_does_not_load_is_wrong(sandbox):
    for program, named in (
        ("def double(x) return", "SyntaxError"),
        ("import no_such", "No module"),
    ):
        found = await check_code(fenced(program), CASES, sandbox)
        assert found.outcome == "wrong"
        assert named in found.reason
    missing = await check_code(fenced("def triple(x): return 3"), CASES, sandbox)
    assert (missing.outcome, "defines no double" in missing.reason) == ("wrong", True)


CLASSES = """
class Node:
    def __init__(self, value): self.value, self.left = value, None
def total(nodes): return sum(n.value for n in nodes if n)
def first(node): return node.left
def sort(items): items.sort()
def sum_all(items): return sum(items)
def numbers():
    yield from range(3)
def fail(): raise ValueError("no")
"""


async def test_tests_may_use_the_objects_of_the_program(sandbox):
    setup = "root = Node(1)\nroot.left = Node(2)\nitems = [3, 1]\nsort(items)"
    asserts = [
        "assert total([root, root.left]) == 3",
        "assert first(root).value == 2 and first(first(root)) is None",
        "assert items == [1, 3]",
        "assert list(numbers()) == [0, 1, 2] and next(numbers()) == 0",
        "try:\n    fail()\nexcept ValueError as error:\n    assert str(error) == 'no'",
    ]
    reference = json.dumps({"setup": setup, "asserts": asserts})
    found = await check_code(fenced(CLASSES), reference, sandbox)
    assert (found.outcome, found.reason) == ("right", "all 5 tests pass")


async def test_an_entry_point_may_be_named_like_a_built_in(sandbox):
    program = fenced("def sum(a, b):\n    return a * b")
    reference = {"asserts": ["assert sum(2, 3) == 6"]}
    assert (await check_code(program, json.dumps(reference), sandbox)).outcome == "wrong"
    named = json.dumps({**reference, "entry_point": "sum"})
    assert (await check_code(program, named, sandbox)).outcome == "right"


async def test_a_broken_setup_is_not_the_programs_fault(sandbox):
    reference = json.dumps({"asserts": ["assert True"], "setup": "import no_such_module"})
    found = await check_code(fenced(RIGHT), reference, sandbox)
    assert found.outcome == "unsure"
    assert "setup could not be decided" in found.reason


@pytest.mark.parametrize(
    "reference",
    [
        "",
        "12",
        "[]",
        "{}",
        '{"asserts": []}',
        '{"asserts": [""]}',
        '{"cases": [{"args": [1], "expected": 2}]}',
        '{"entry_point": "f", "cases": [{"args": 1, "expected": 2}]}',
        '{"entry_point": "f", "cases": [{"args": [1]}]}',
        '{"asserts": ["assert f() == 1"], "setup": 3}',
        "[" * 100_000,
    ],
)
async def test_an_unusable_reference_is_unsure(sandbox, reference):
    found = await check_code(fenced(RIGHT), reference, sandbox)
    assert (found.outcome, found.reason) == ("unsure", "no usable reference")


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("```python\ndef f(): 1\n```\nthen\n```py\ndef g(): 2\n```", "def g(): 2\n"),
        ("```python\ndef f(): 1\n```\nUse it:\n```python\nf()\n```", "def f(): 1\n"),
        ("```\ndef f(): 1\n```\n```sh\ndef no\n```", "def f(): 1\n"),
        ("```python\ndef f():\n    return 1", "def f():\n    return 1"),
        ("1. So:\n   ```python\n   def f():\n       1\n   ```", "def f():\n    1\n"),
        ("````python\ndef f(): '```'\n````", "def f(): '```'\n"),
        ("def f():\n    return 1", "def f():\n    return 1"),
    ],
)
def test_the_program_is_found(text, source):
    assert extract_program(text).source == source


NO_PROGRAM = ["", "I cannot.", "```java\nclass F {}\n```\n", "def " + "x" * 10**6]


@pytest.mark.parametrize("text", NO_PROGRAM)
async def test_a_text_without_a_program_is_unsure(sandbox, text):
    assert (await check_code(text, CASES, sandbox)).reason == "no program found"


async def test_prose_with_a_bare_program_is_unsure(sandbox):
    found = await check_code("This doubles it:\n" + RIGHT, CASES, sandbox)
    assert (found.outcome, found.reason) == ("unsure", "no program found")
    assert (await check_code(RIGHT, CASES, sandbox)).outcome == "right"


async def outcomes(sandbox, jobs):
    checks = (check_code(fence(program), reference, sandbox) for program, reference in jobs)
    return [found.outcome for found in await asyncio.gather(*checks)]


async def test_the_solutions_of_humaneval_are_right(sandbox, shared_data):
    tasks = shared_data("4_verifiable/humaneval").sample(20, seed=1).to_dicts()
    jobs = [(humaneval_program(t, t["canonical_solution"]), humaneval_reference(t)) for t in tasks]
    assert await outcomes(sandbox, jobs) == ["right"] * 20


async def test_the_solutions_of_mbpp_are_right(sandbox, shared_data):
    rows = shared_data("4_verifiable/mbpp").sample(20, seed=1).to_dicts()
    jobs = [(row["code"], mbpp_reference(row)) for row in rows]
    assert await outcomes(sandbox, jobs) == ["right"] * 20


async def test_verdicts_agree_with_the_official_tests(sandbox, shared_data):
    tasks = {row["task_id"]: row for row in shared_data("4_verifiable/humaneval").to_dicts()}
    samples = shared_data("4_verifiable/humaneval_codegen16b_100samples").sample(20, seed=1)
    rows = [(tasks[row["task_id"]], row) for row in samples.to_dicts()]
    jobs = [(humaneval_program(t, row["completion"]), humaneval_reference(t)) for t, row in rows]
    expected = ["right" if row["passed"] else "wrong" for _, row in rows]
    assert {"right", "wrong"} == set(expected)
    assert await outcomes(sandbox, jobs) == expected


async def test_the_verifier_is_chosen_by_its_name(sandbox):
    assert "code" in VERIFIERS
    assert (await check("code", fenced(RIGHT), CASES, sandbox)).outcome == "right"
    with pytest.raises(OrderError, match="no verifier 'guess': use one of "):
        await check("guess", "", "", sandbox)
