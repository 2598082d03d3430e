"""The code verifier against outcomes that are known: canonical solutions, and 8,188 samples.

The samples' outcomes were made by the official tests with 3 s for each; here they get 3 s of CPU
time, so that a busy machine does not turn answers into time-outs.
"""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.deciding.effort import Effort, NoDataError, read_set
from benchmarks.deciding.sandbox import PARALLEL, rate_bare
from judging.sandbox.bubblewrap import Sandbox
from judging.sandbox.limits import Limits
from judging.verifiers.answer import Check
from judging.verifiers.code import check_code
from judging.verifiers.code_references import (
    humaneval_program,
    humaneval_reference,
    mbpp_reference,
)
from judging.verifiers.programs import fence

BARE = 120
"""Starts of a bare Python, before and after the samples, to know the machine by."""
LIMITS = Limits(timeout_s=30, cpu_s=3)
MAX_LISTED = 40


@dataclass(frozen=True, slots=True)
class Item:
    """One program, its tests and what is known of it."""

    name: str
    program: str
    reference: str
    known: str
    """'pass' or the way in which it fails."""


def measure(effort: Effort) -> dict[str, object]:
    """Check everything once."""
    try:
        return asyncio.run(_measure())
    except NoDataError as error:
        return {"skipped": str(error)}


async def _measure() -> dict[str, object]:
    found: dict[str, object] = {}
    for name, items in (
        ("humaneval", _humaneval()),
        ("mbpp", _mbpp("mbpp")),
        ("mbpp_sanitized", _mbpp("mbpp_sanitized")),
    ):
        checks, _ = await _check_all(items)
        right = sum(check.outcome == "right" for check in checks)
        found |= {f"{name}_right": right, f"{name}_total": len(items)}
        found[f"{name}_not_right"] = [
            [item.name, check.outcome, check.reason]
            for item, check in zip(items, checks, strict=True)
            if check.outcome != "right"
        ]
    samples = _codegen()
    before = await rate_bare(BARE)
    checks, seconds = await _check_all(samples)
    bare = (before + await rate_bare(BARE)) / 2
    return {
        **found,
        **_compare(samples, checks),
        "samples": len(samples),
        "seconds": round(seconds, 1),
        "checks_per_second": round(len(samples) / seconds, 1),
        "bare_python_runs_per_second": round(bare, 1),
        "ratio": round(len(samples) / seconds / bare, 2),
        "parallel": PARALLEL,
    }


async def _check_all(items: Sequence[Item]) -> tuple[list[Check], float]:
    sandbox = Sandbox(max_parallel=PARALLEL)
    started = time.perf_counter()
    checks = await asyncio.gather(
        *(check_code(fence(i.program), i.reference, sandbox, limits=LIMITS) for i in items)
    )
    sandbox.close()
    return checks, time.perf_counter() - started


def _compare(items: Sequence[Item], checks: Sequence[Check]) -> dict[str, object]:
    """Unsure agrees with a known time-out, and with nothing else."""
    confusion: dict[str, Counter[str]] = defaultdict(Counter)
    causes: Counter[str] = Counter()
    differences = []
    for item, check in zip(items, checks, strict=True):
        confusion[item.known][check.outcome] += 1
        wanted = {"pass": "right", "timeout": "unsure"}.get(item.known, "wrong")
        if check.outcome != wanted:
            causes[f"{item.known} -> {check.outcome}: {_cause(check)}"] += 1
            differences.append([item.name, item.known, check.outcome, check.reason])
    return {
        "agreement": round(1 - len(differences) / len(items), 5),
        "confusion": {known: dict(counts) for known, counts in confusion.items()},
        "differences_by_cause": dict(causes.most_common()),
        "differences": differences[:MAX_LISTED],
    }


def _cause(check: Check) -> str:
    """The reason without what differs from case to case."""
    if check.outcome == "right":
        return "passes"
    told = check.reason.partition(" fails: ")[2] or check.reason
    return "stopped by the clock" if told.startswith("stopped after") else told[:80]


def _humaneval() -> list[Item]:
    return [
        Item(
            row["task_id"],
            humaneval_program(row, row["canonical_solution"]),
            humaneval_reference(row),
            "",
        )
        for row in read_set("4_verifiable/humaneval").to_dicts()
    ]


def _mbpp(name: str) -> list[Item]:
    return [
        Item(f"{name}/{row['task_id']}", row["code"], mbpp_reference(row), "")
        for row in read_set(f"4_verifiable/{name}").to_dicts()
    ]


def _codegen() -> list[Item]:
    tasks = {row["task_id"]: row for row in read_set("4_verifiable/humaneval").to_dicts()}
    return [
        Item(
            f"{row['task_id']}#{row['sample']}",
            humaneval_program(tasks[row["task_id"]], row["completion"]),
            humaneval_reference(tasks[row["task_id"]]),
            row["outcome"],
        )
        for row in read_set("4_verifiable/humaneval_codegen16b_100samples").to_dicts()
    ]
