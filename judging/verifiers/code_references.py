"""What a completion's program is tested against, as the reference of the code verifier.

    values      {"entry_point": "f", "cases": [{"args": [1], "expected": 2}]}
    statements  {"asserts": ["assert f(1) == 2"], "setup": "import math", "prelude": "..."}
    programs    {"stdin_stdout": [{"stdin": "1", "stdout": "2"}], "compare": "tokens"}

The setup is run by the tests only; the prelude is run by the program, before it.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

MAX_TESTS = 1_000
COMPARISONS = ("tokens", "exact")

Row = Mapping[str, Any]


def humaneval_reference(row: Row) -> str:
    """A row of HumanEval (prompt, entry_point, test): its `check` on the program's function.

    The prompt is the prelude, so an answer may leave out the imports and helpers that stand there;
    what the answer defines comes later and counts. A bare completion needs the prompt before it:
    `humaneval_program`. Source of the format: arXiv 2107.03374, section 2.2.
    """
    return json.dumps(
        {
            "asserts": [f"check({row['entry_point']})"],
            "setup": row["test"],
            "entry_point": row["entry_point"],
            "prelude": row["prompt"],
        }
    )


def humaneval_program(row: Row, completion: str) -> str:
    """The text of a program that goes on where the prompt of a row ends."""
    return str(row["prompt"]) + completion


def mbpp_reference(row: Row) -> str:
    """A row of MBPP (test_list, test_setup_code) or of its sanitized part (test_imports)."""
    setup = row.get("test_setup_code") or "\n".join(row.get("test_imports") or ())
    return json.dumps({"asserts": list(row["test_list"]), "setup": setup})


def stdin_stdout_reference(
    cases: Sequence[tuple[str, str]], *, compare: str = "tokens", tolerance: float = 0.0
) -> str:
    """Inputs of a whole program, each with the output that is asked for."""
    return json.dumps(
        {
            "stdin_stdout": [{"stdin": given, "stdout": wanted} for given, wanted in cases],
            "compare": compare,
            "tolerance": tolerance,
        }
    )


def read_reference(reference: str) -> dict[str, Any] | None:
    """The tests of a reference, checked and complete; None where it holds no usable ones."""
    try:
        data = json.loads(reference)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or sum(kind in data for kind in _READERS) != 1:
        return None
    texts = {name: data.get(name, "") for name in ("entry_point", "setup", "prelude")}
    if not all(isinstance(text, str) for text in texts.values()):
        return None
    kind = next(kind for kind in _READERS if kind in data)
    return _READERS[kind](data, texts) if _are_tests(data[kind], _IS_TEST[kind]) else None


def _read_cases(data: dict[str, Any], texts: dict[str, str]) -> dict[str, Any] | None:
    return {**texts, "cases": data["cases"]} if texts["entry_point"] else None


def _read_asserts(data: dict[str, Any], texts: dict[str, str]) -> dict[str, Any] | None:
    return {**texts, "asserts": data["asserts"]}


def _read_streams(data: dict[str, Any], texts: dict[str, str]) -> dict[str, Any] | None:
    compare, tolerance = data.get("compare", "tokens"), data.get("tolerance", 0.0)
    if compare not in COMPARISONS or isinstance(tolerance, bool):
        return None
    if not isinstance(tolerance, (int, float)) or not 0 <= tolerance < math.inf:
        return None
    return {"stdin_stdout": data["stdin_stdout"], "compare": compare, "tolerance": tolerance}


def _are_tests(tests: Any, is_test: Callable[[Any], bool]) -> bool:
    return isinstance(tests, list) and 0 < len(tests) <= MAX_TESTS and all(map(is_test, tests))


def _is_case(case: Any) -> bool:
    return isinstance(case, dict) and isinstance(case.get("args"), list) and "expected" in case


def _is_assert(test: Any) -> bool:
    return isinstance(test, str) and bool(test.strip())


def _is_stream(case: Any) -> bool:
    return isinstance(case, dict) and all(
        isinstance(case.get(name), str) for name in ("stdin", "stdout")
    )


_READERS = {"cases": _read_cases, "asserts": _read_asserts, "stdin_stdout": _read_streams}
_IS_TEST = {"cases": _is_case, "asserts": _is_assert, "stdin_stdout": _is_stream}
