"""How often our constraints and IFEval's own checkers say the same of one response."""

import json
import os
import random
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.deciding.effort import Effort, read_set
from benchmarks.deciding.ifeval_texts import responses
from judging.verifiers.constraints import check_constraints, check_loose
from judging.verifiers.ifeval import constraints_of

PEER = "INGOT_IFEVAL_PEER"
"""The Python that has the published checkers (see `ifeval_peer.py`)."""
SENTENCES = "length_constraints:number_sentences"
LANGUAGE = "language:response_language"
EXAMPLES = 3
_VERDICTS = {"right": True, "wrong": False, "unsure": None}

Case = dict[str, Any]


def measure_ifeval(effort: Effort) -> dict[str, object]:
    """Shares of equal verdicts, strict and loose, and examples of each difference."""
    if not (python := os.environ.get(PEER)):
        return {"ifeval_equal": None, "ifeval_skipped": f"set {PEER} (see ifeval_peer.py)"}
    cases = _make_cases(effort.seed)
    theirs = _ask_peer(python, cases)
    ours = [_ask_ours(case) for case in cases]
    return _summarise(cases, ours, theirs)


def _make_cases(seed: int) -> list[Case]:
    """One for each instruction of the real prompts and each response made for it."""
    texts = [t for t in read_set("3_instruct/alpaca_5000")["output"].to_list() if len(t) > 200]
    draws = random.Random(seed)
    cases: list[Case] = []
    for row in read_set("4_verifiable/ifeval_prompts").to_dicts():
        for instruction, given in zip(row["instruction_id_list"], row["kwargs"], strict=True):
            kwargs = {key: value for key, value in given.items() if value is not None}
            for response in responses(instruction, kwargs, texts, draws):
                cases.append({"instruction": instruction, "kwargs": kwargs, "response": response})
    return cases


def _ask_peer(python: str, cases: list[Case]) -> list[list[bool]]:
    lines = "\n".join(json.dumps(case) for case in cases)
    script = Path(__file__).with_name("ifeval_peer.py")
    run = subprocess.run(
        [python, str(script)], input=lines, capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in run.stdout.splitlines()]


def _ask_ours(case: Case) -> list[bool | None]:
    reference = json.dumps(constraints_of([case["instruction"]], [case["kwargs"]]))
    checks = (
        check_constraints(case["response"], reference),
        check_loose(case["response"], reference),
    )
    return [_VERDICTS[check.outcome] for check in checks]


def _summarise(
    cases: list[Case], ours: list[list[bool | None]], theirs: list[list[bool]]
) -> dict[str, object]:
    """Undecided ones are counted apart: they are neither equal nor different."""
    counts: Counter[str] = Counter()
    differences: dict[str, list[str]] = {}
    per_instruction: Counter[str] = Counter()
    for case, own, other in zip(cases, ours, theirs, strict=True):
        for index, kind in enumerate(("strict", "loose")):
            name = case["instruction"]
            if own[index] is None:
                counts[f"{kind} unsure"] += 1
                continue
            equal = own[index] == other[index]
            counts[f"{kind} {'equal' if equal else 'different'}"] += 1
            if name != SENTENCES:
                counts[f"{kind} without sentences {'equal' if equal else 'different'}"] += 1
            if not equal:
                per_instruction[f"{name} {kind}"] += 1
                shown = differences.setdefault(name, [])
                if len(shown) < EXAMPLES:
                    shown.append(f"{kind}, ours {own[index]}: {case['response'][-90:]!r}")
    return {
        "ifeval_cases": len(cases),
        "ifeval_equal": _share(counts, "strict"),
        "ifeval_loose_equal": _share(counts, "loose"),
        "ifeval_equal_without_sentences": _share(counts, "strict without sentences"),
        "ifeval_unsure": counts["strict unsure"],
        "ifeval_differences": dict(per_instruction),
        "ifeval_difference_examples": differences,
    }


def _share(counts: Counter[str], kind: str) -> float:
    equal, different = counts[f"{kind} equal"], counts[f"{kind} different"]
    return round(equal / (equal + different), 5)
