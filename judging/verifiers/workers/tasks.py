"""What a worker can do, by name. Each entry loads its module and gives the function."""

from collections.abc import Callable
from typing import Any

Task = Callable[..., Any]


def _peer() -> Task:
    from judging.verifiers.math_peer import compare

    return compare


def _exact() -> Task:
    from judging.verifiers.math_exact.compare import compare_texts

    return compare_texts


def _regex() -> Task:
    from judging.verifiers.patterns import match

    return match


def _schema() -> Task:
    from judging.verifiers.schema_errors import find_error

    return find_error


def _read() -> Task:
    from judging.verifiers.choose import read_answers

    return read_answers


TASKS: dict[str, Callable[[], Task]] = {
    "math_peer": _peer,
    "math_exact": _exact,
    "regex": _regex,
    "json_schema": _schema,
    "read_answers": _read,
}
