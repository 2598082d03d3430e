"""Tests of a function: read from a model's lines, and chosen by what solutions agree on."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson

_UNREADABLE = (SyntaxError, ValueError, TypeError, MemoryError, RecursionError)
"""What Python raises on hostile source text."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The function that is asked for."""

    name: str
    signature: str
    """Its line, from 'def' to the colon."""

    def reference(self, tests: Sequence[str]) -> str:
        """These tests as the code verifier reads them."""
        content = {"entry_point": self.name, "setup": "", "asserts": list(tests)}
        return orjson.dumps(content).decode()


@dataclass(frozen=True, slots=True)
class Consensus:
    """The best set of solutions that pass the same tests."""

    solutions: tuple[int, ...]
    tests: tuple[int, ...]


def read_signature(text: str) -> Entry | None:
    """The function of a line such as 'def f(x: int) -> int'; None where it is none."""
    line = text.strip().partition("\n")[0].strip().rstrip(":").rstrip()
    try:
        body = ast.parse(f"{line}:\n    pass").body
        if len(body) == 1 and isinstance(body[0], ast.FunctionDef):
            return Entry(body[0].name, ast.unparse(body[0]).partition("\n")[0])
    except _UNREADABLE:
        return None
    return None


def read_asserts(lines: Iterable[str], name: str) -> list[str]:
    """The usable tests, each once: one call with literal arguments that equals a literal."""
    tests = (_read_assert(line, name) for line in lines)
    return list(dict.fromkeys(test for test in tests if test is not None))


def _read_assert(line: str, name: str) -> str | None:
    try:
        body = ast.parse(line.strip()).body
        if len(body) == 1 and isinstance(body[0], ast.Assert):
            test = body[0].test
            if isinstance(test, ast.Compare) and _is_plain(test, name):
                return f"assert {ast.unparse(test)}"
    except _UNREADABLE:
        return None
    return None


def _is_plain(test: ast.Compare, name: str) -> bool:
    """Whether it reads `name(literals) == literal`; raises ValueError at what is no literal."""
    call = test.left
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        return False
    for value in (*call.args, *(word.value for word in call.keywords), *test.comparators):
        ast.literal_eval(value)
    return call.func.id == name and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq)


def find_consensus(outcomes: Sequence[Sequence[bool | None]]) -> Consensus:
    """The best consensus set, from the outcome of each test for each solution.

    Solutions that pass exactly the same tests form a set, whose score is the number of its
    solutions times the number of those tests (CodeT, arXiv 2207.10397, section 2.2). Among equals
    the one with more solutions wins, then the one drawn first.
    """
    groups: defaultdict[tuple[int, ...], list[int]] = defaultdict(list)
    for solution, results in enumerate(outcomes):
        passed = tuple(number for number, result in enumerate(results) if result is True)
        groups[passed].append(solution)
    best = max(
        groups.items(),
        key=lambda group: (len(group[0]) * len(group[1]), len(group[1])),
        default=((), ()),
    )
    return Consensus(tuple(best[1]), best[0])
