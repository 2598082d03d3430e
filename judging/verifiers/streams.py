"""Whole programs by their output: each test gives standard input and wants standard output.

The program runs once for each test, in walls of its own, and what it wrote is compared here, so
nothing that it prints or does can decide a test but its output. A program that ends with an error
is wrong, whatever it wrote before.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from judging.sandbox.bubblewrap import Sandbox
from judging.sandbox.limits import Limits, Run
from judging.verifiers.answer import Check, Outcome
from judging.verifiers.programs import Program

MAX_UNDECIDED = 3
"""After so many tests without a verdict the rest are left out, so that time is bounded."""

NO_PROGRAM = "no program found"

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_MAX_NUMBER_CHARS = 64
_UNREADABLE = ("SyntaxError", "IndentationError", "TabError")


@dataclass(frozen=True, slots=True)
class Comparison:
    """When two outputs are the same."""

    compare: str
    """'tokens': the same words, however spaced; 'exact': the same text but for the line end at
    its very end and carriage returns."""
    tolerance: float
    """Absolute or relative, whichever allows more, for tokens that both are numbers; 0 for none."""

    def holds(self, found: str, wanted: str) -> bool:
        """Whether the output found is the one wanted."""
        if self.compare == "exact":
            return _lines(found) == _lines(wanted)
        ours, theirs = found.split(), wanted.split()
        return len(ours) == len(theirs) and all(map(self._same, ours, theirs))

    def _same(self, found: str, wanted: str) -> bool:
        if found == wanted:
            return True
        if not self.tolerance or not (_is_number(found) and _is_number(wanted)):
            return False
        pair = float(found), float(wanted)
        return math.isclose(*pair, rel_tol=self.tolerance, abs_tol=self.tolerance)


async def check_streams(
    program: Program, job: Mapping[str, Any], sandbox: Sandbox, limits: Limits
) -> Check:
    """Run test after test until one is wrong or too many cannot be decided."""
    comparison = Comparison(job["compare"], job["tolerance"])
    tests = job["stdin_stdout"]
    passed = 0
    doubts: list[str] = []
    for number, test in enumerate(tests, 1):
        room = max(limits.output_bytes, 2 * len(test["stdout"].encode("utf-8", "replace")))
        run = await sandbox.run(
            program.source, stdin=test["stdin"], limits=replace(limits, output_bytes=room)
        )
        outcome, reason = _judge(run, test["stdout"], comparison, program)
        if outcome == "right":
            passed += 1
        elif outcome == "wrong":
            reason = f"{passed} of {len(tests)} tests pass; test {number} fails: {reason}"
            return Check("wrong", reason, program.source)
        else:
            doubts.append(f"test {number} could not be decided: {reason}")
        if reason == NO_PROGRAM:
            return Check("unsure", NO_PROGRAM)
        if len(doubts) == MAX_UNDECIDED:
            break
    if doubts:
        return Check("unsure", doubts[0], program.source)
    return Check("right", f"all {passed} tests pass", program.source)


def _judge(run: Run, wanted: str, comparison: Comparison, program: Program) -> tuple[Outcome, str]:
    """One run; a limit of time or memory says nothing of the program's answer."""
    if run.outcome == "ok":
        if comparison.holds(run.stdout, wanted):
            return "right", ""
        return "wrong", f"the output is {_short(run.stdout)}, not {_short(wanted)}"
    if run.outcome == "error" and not program.fenced:
        last_line = run.stderr.rstrip().rpartition("\n")[2]
        if last_line.startswith(_UNREADABLE):
            return "unsure", NO_PROGRAM
    return ("wrong" if run.outcome in ("error", "output") else "unsure"), run.reason


def _is_number(token: str) -> bool:
    return len(token) <= _MAX_NUMBER_CHARS and _NUMBER.fullmatch(token) is not None


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").removesuffix("\n")


def _short(text: str) -> str:
    words = " ".join(text[:200].split())
    return repr(words[:60] + ("…" if len(words) > 60 or len(text) > 200 else ""))
