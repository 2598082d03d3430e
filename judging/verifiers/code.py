"""The code verifier: does the program in a completion pass its tests?

The program runs in the sandbox, apart from the process that calls it and compares, so it passes by
its results alone: exiting, printing or patching gains nothing. What no test could decide (a
time-out, no memory, a value that cannot be compared) is unsure, never wrong.

Not covered: a program that finds out by itself which results are expected; tests that call names
which they neither define nor import, since a program may define them its own way.
"""

import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from judging.sandbox import inside
from judging.sandbox.bubblewrap import Sandbox
from judging.sandbox.limits import Limits, Run
from judging.verifiers.answer import Check

LIMITS = Limits()
MAX_PROGRAM_CHARS = 100_000
MAX_TESTS = 1_000

_INSIDE = Path(inside.__file__).parent
_TESTER = (_INSIDE / "tester.py").read_text()
_MODULES = {
    f"judging/sandbox/inside/{name}.py": (_INSIDE / f"{name}.py").read_text()
    for name in ("candidate", "compare", "remote", "wire")
}
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+-]*)[^\n]*$", re.MULTILINE)
_PYTHON = ("", "python", "py", "python3")
_DEFINES = re.compile(r"^[ \t]*(?:async[ \t]+def|def|class)[ \t]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Program:
    """The program of a completion."""

    source: str
    fenced: bool
    """False where the whole text is taken for a program."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of one step: 'pass', 'fail', or 'unknown' where that is not the program's fault."""

    outcome: str
    detail: str


async def check_code(text: str, reference: str, sandbox: Sandbox) -> Check:
    """Run a completion's program against the tests of its reference.

    The reference is JSON: `{"entry_point": "f", "cases": [{"args": [1], "expected": 2}]}`, or
    `{"asserts": ["assert f(1) == 2"], "setup": "import math"}`, where the setup is seen by the
    tests only; an `entry_point` there allows a function that is named like a built-in.

    Raises:
        ModelError: where this machine cannot run programs safely.
    """
    job = _read_reference(reference)
    if job is None:
        return Check("unsure", "no usable reference")
    program = extract_program(text)
    if program is None:
        return Check("unsure", "no program found")
    secret = secrets.token_hex(16)
    stdin = json.dumps({**job, "program": program.source, "secret": secret})
    run = await sandbox.supervise(_TESTER, _MODULES, stdin=stdin, limits=LIMITS)
    return _judge(run, job, program, _read_outcomes(run, secret))


def extract_program(text: str) -> Program | None:
    """The last fenced Python block that defines something, else the last, else the whole text."""
    blocks = [block for block in _fenced_blocks(text) if block.strip()]
    defining = [block for block in blocks if _DEFINES.search(block)]
    if blocks:
        source, fenced = (defining or blocks)[-1], True
    else:
        source, fenced = text, False
    is_program = bool(blocks or _DEFINES.search(text))
    return Program(source, fenced) if is_program and len(source) <= MAX_PROGRAM_CHARS else None


def _fenced_blocks(text: str) -> list[str]:
    """The Python blocks; one that is never closed goes to the end."""
    blocks: list[str] = []
    opened: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opened is None:
            opened = fence
        elif fence[1].startswith(opened[1]) and not fence[2]:
            blocks += _block(text, opened, fence.start())
            opened = None
    return blocks + (_block(text, opened, len(text)) if opened else [])


def _block(text: str, opened: re.Match[str], end: int) -> list[str]:
    """The one block after a fence, without the indentation that a list gives it."""
    if opened[2].lower() not in _PYTHON:
        return []
    indent = len(opened[0]) - len(opened[0].lstrip())
    lines = text[opened.end() + 1 : end].split("\n")
    return ["\n".join(line[indent:] if not line[:indent].strip() else line for line in lines)]


def _read_reference(reference: str) -> dict[str, Any] | None:
    """The tests of a reference as the tester reads them; None where they are none."""
    try:
        data = json.loads(reference)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None
    cases, asserts = data.get("cases"), data.get("asserts")
    entry_point, setup = data.get("entry_point", ""), data.get("setup", "")
    if not isinstance(entry_point, str) or not isinstance(setup, str):
        return None
    if _are_tests(cases, _is_case) and entry_point and asserts is None:
        return {"entry_point": entry_point, "cases": cases}
    if _are_tests(asserts, _is_assert) and cases is None:
        return {"entry_point": entry_point, "setup": setup, "asserts": asserts}
    return None


def _are_tests(tests: Any, is_test: Any) -> bool:
    return isinstance(tests, list) and 0 < len(tests) <= MAX_TESTS and all(map(is_test, tests))


def _is_case(case: Any) -> bool:
    return isinstance(case, dict) and isinstance(case.get("args"), list) and "expected" in case


def _is_assert(test: Any) -> bool:
    return isinstance(test, str) and bool(test.strip())


def _read_outcomes(run: Run, secret: str) -> dict[int | str, _Outcome]:
    """What the tester wrote; nothing else has the secret."""
    outcomes: dict[int | str, _Outcome] = {}
    for line in run.stdout.splitlines():
        try:
            data = json.loads(line)
        except ValueError:  # cut off
            continue
        if isinstance(data, dict) and data.get("secret") == secret:
            outcomes[data["step"]] = _Outcome(data["outcome"], data["detail"])
    return outcomes


def _judge(
    run: Run, job: Mapping[str, Any], program: Program, outcomes: Mapping[int | str, _Outcome]
) -> Check:
    """One failed test is enough for wrong, whatever the others are."""
    tests = job.get("cases") or job["asserts"]
    results = [outcomes.get(number) for number in range(len(tests))]
    passed = sum(result is not None and result.outcome == "pass" for result in results)
    if (load := outcomes.get("load")) and load.outcome == "fail":
        if not program.fenced and load.detail.startswith(("SyntaxError", "IndentationError")):
            return Check("unsure", "no program found")
        return Check("wrong", f"the program does not load: {load.detail}", program.source)
    for test, result in zip(tests, results, strict=True):
        if result is not None and result.outcome == "fail":
            reason = f"{passed} of {len(tests)} tests pass; {_name(test)} fails: {result.detail}"
            return Check("wrong", reason, program.source)
    if passed == len(tests):
        return Check("right", f"all {passed} tests pass", program.source)
    return Check("unsure", _doubt(run, outcomes), program.source)


def _name(test: Any) -> str:
    """A test as one short line."""
    text = test if isinstance(test, str) else f"case {json.dumps(test['args'])}"
    return " ".join(text.split())[:120]


def _doubt(run: Run, outcomes: Mapping[int | str, _Outcome]) -> str:
    if run.outcome == "timeout":
        return f"stopped after {run.seconds:.1f} s"
    if run.outcome == "unavailable":
        return "the sandbox did not start"
    for step, outcome in outcomes.items():
        if outcome.outcome != "pass":
            return f"{step} could not be decided: {outcome.detail}"
    return f"the tests did not finish: {run.stderr.strip()[-200:] or run.outcome}"
