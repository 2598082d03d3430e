"""How far the verifiers agree with what is known of real answers, calls and runs."""

import time
from collections.abc import Callable

from benchmarks.deciding.effort import Effort, NoDataError
from benchmarks.deciding.ifeval_share import measure_ifeval
from benchmarks.deciding.math_shares import (
    measure_gsm8k,
    measure_math,
    measure_qwen,
    measure_word_problems,
)
from benchmarks.deciding.tool_shares import measure_bfcl, measure_tau


def measure(effort: Effort) -> dict[str, object]:
    """Every share, with the differences that are left."""
    parts: dict[str, Callable[[], dict[str, object]]] = {
        "gsm8k": measure_gsm8k,
        "math": lambda: measure_math(effort),
        "qwen": measure_qwen,
        "word_problems": measure_word_problems,
        "bfcl": measure_bfcl,
        "tau": measure_tau,
        "ifeval": lambda: measure_ifeval(effort),
    }
    found: dict[str, object] = {}
    for name, part in parts.items():
        began = time.perf_counter()
        try:
            found |= part()
        except NoDataError as error:
            found[f"{name}_skipped"] = str(error)
        found[f"{name}_seconds"] = round(time.perf_counter() - began, 1)
    return found
