"""A verifier by the name that an instruction gives it."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from ingot.errors import OrderError
from judging.sandbox.bubblewrap import Sandbox
from judging.verifiers.answer import Check, check_answer
from judging.verifiers.code import check_code
from judging.verifiers.constraints import check_constraints, check_loose
from judging.verifiers.exact import check_exact
from judging.verifiers.math import check_math
from judging.verifiers.numeric import check_numeric
from judging.verifiers.patterns import check_regex
from judging.verifiers.schemas import check_json_schema
from judging.verifiers.tools.tool_calls import check_tool_calls
from judging.verifiers.tools.trajectory import check_trajectory

Verify = Callable[[str, str, Sandbox], Awaitable[Check]]
"""Text, reference, and where programs may run."""
Read = Callable[[str, str], Check]


@dataclass(frozen=True, slots=True)
class Verifier:
    """A verifier, what its reference looks like in a line, and what it needs."""

    verify: Verify
    reference: str
    read: Read | None = None
    """The check itself where it only reads; without it the verifier brings processes of its own."""
    runs_programs: bool = False


def _reading(check: Read, reference: str) -> Verifier:
    """A verifier that needs neither a process nor a sandbox."""

    async def verify(text: str, reference: str, sandbox: Sandbox) -> Check:
        return check(text, reference)

    return Verifier(verify, reference, read=check)


def _pooled(check: Callable[[str, str], Awaitable[Check]], reference: str) -> Verifier:
    """A verifier that brings its own worker processes."""

    async def verify(text: str, reference: str, sandbox: Sandbox) -> Check:
        return await check(text, reference)

    return Verifier(verify, reference)


REGISTRY = {
    "answer": _reading(check_answer, "12, or a text with '#### 12'"),
    "math": _pooled(check_math, r"\frac{1}{2}, or a solution with \boxed{\frac{1}{2}}"),
    "numeric": _reading(check_numeric, '3.5, or {"value": 3.5, "abs": 0.01, "rel": 0}'),
    "exact": _reading(check_exact, 'a text, or {"value": "a", "case": true}'),
    "regex": _pooled(check_regex, 'a pattern, or {"pattern": "a+", "full": true}'),
    "code": Verifier(
        check_code,
        '{"entry_point": "f", "cases": [{"args": [1], "expected": 2}]}',
        runs_programs=True,
    ),
    "constraints": _reading(check_constraints, '[{"name": "max_words", "n": 9}]'),
    "constraints_loose": _reading(check_loose, "as of constraints; forgives a frame"),
    "json_schema": _pooled(check_json_schema, '{"type": "object", "required": ["a"]}'),
    "tool_calls": _reading(
        check_tool_calls, '{"functions": [...], "possible": [{"f": {"a": [1]}}]}'
    ),
    "trajectory": _reading(
        check_trajectory, '{"state": {...}, "must_call": [{"name": "f"}], "answer": "12"}'
    ),
}
VERIFIERS = tuple(REGISTRY)


async def check(verifier: str, text: str, reference: str, sandbox: Sandbox) -> Check:
    """Check a completion against its reference.

    Raises:
        OrderError: for a verifier that does not exist.
        ModelError: where a program has to be run and this machine cannot do so safely, or a
            library of the extra 'judging' is missing.
    """
    if verifier not in REGISTRY:
        raise OrderError(f"no verifier {verifier!r}: use one of {', '.join(VERIFIERS)}", "verifier")
    return await REGISTRY[verifier].verify(text, reference, sandbox)


def read_answers(jobs: Iterable[Sequence[str]]) -> list[tuple[str, str, str]]:
    """(outcome, reason, final) of each (verifier, text, reference), for verifiers that only read.

    What a verifier raises is 'failed', for this answer alone.
    """
    return [_read_answer(*job) for job in jobs]


def _read_answer(verifier: str, text: str, reference: str) -> tuple[str, str, str]:
    try:
        read = REGISTRY[verifier].read
        if read is None:
            raise ValueError(f"{verifier} does more than read")
        found = read(text, reference)
    except Exception as error:
        return "failed", f"{type(error).__name__}: {error}"[:300], ""
    return found.outcome, found.reason[:2_000], found.final[:2_000]


def describe_verifiers() -> list[tuple[str, str]]:
    """Name and reference of every verifier, to be listed for people."""
    return [(name, verifier.reference) for name, verifier in REGISTRY.items()]
