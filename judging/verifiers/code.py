"""The code verifier: does the program in a completion pass its tests?

The program runs in the sandbox, apart from whatever calls it and compares, so it passes by
its results alone: exiting, printing or patching gains nothing. What no test could decide (a
time-out, no memory, a value that cannot be compared) is unsure, never wrong.

Not covered: a program that finds out by itself which results are expected; tests that call names
which they neither define nor import, since a program may define them its own way.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from judging.sandbox.bubblewrap import Sandbox
from judging.sandbox.limits import Limits, Run
from judging.verifiers.answer import Check
from judging.verifiers.code_references import read_reference
from judging.verifiers.programs import Program, extract_program
from judging.verifiers.streams import NO_PROGRAM, check_streams

LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What came of one step: 'pass', 'fail', or 'unknown' where that is not the program's fault."""

    outcome: str
    detail: str


async def check_code(
    text: str, reference: str, sandbox: Sandbox, *, limits: Limits | None = None
) -> Check:
    """Run a completion's program against the tests of its reference.

    The reference is JSON in one of the three forms of `code_references.py`. In cases and asserts
    an `entry_point` allows a function that is named like a built-in. The limits are those of all
    tests together, or of each where tests are whole runs of the program.

    Raises:
        ModelError: where this machine cannot run programs safely.
    """
    job = read_reference(reference)
    if job is None:
        return Check("unsure", "no usable reference")
    program = extract_program(text, speaks="stdin_stdout" in job)
    if program is None:
        return Check("unsure", NO_PROGRAM)
    limits = limits or LIMITS
    if "stdin_stdout" in job:
        return await check_streams(program, job, sandbox, limits)
    secret = secrets.token_hex(16)
    stdin = json.dumps({**job, "program": program.source, "secret": secret})
    run = await sandbox.test(stdin, limits=limits)
    return _judge(run, job, program, _read_outcomes(run, secret))


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
            return Check("unsure", NO_PROGRAM)
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
    if run.outcome in ("timeout", "unavailable", "output"):
        return run.reason
    for step, outcome in outcomes.items():
        if outcome.outcome != "pass":
            return f"{step} could not be decided: {outcome.detail}"
    return f"the tests did not finish: {run.reason or 'the tester ended early'}"
