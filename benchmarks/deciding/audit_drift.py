"""Drift checks on models that were served under one name and changed, and on halves of one."""

from typing import Any

import numpy as np

from benchmarks.deciding.effort import Effort, NoDataError, read_set
from judging.audit.drift.check import drifting, settle
from judging.audit.drift.judge import Habits, compare_anchors, compare_habits


def measure_drift(effort: Effort) -> dict[str, Any]:
    """Share of the changed models found on so many anchors, and of false drifts within a model."""
    try:
        rows = read_set("4_verifiable/llmdrift_prime")
    except NoDataError as error:
        return {"skipped": str(error)}
    said: dict[str, dict[str, str]] = {}
    for model, item, answer in zip(rows["model"], rows["id"], rows["answer"], strict=True):
        said.setdefault(model, {})[item] = _verdict(answer)
    random, names = np.random.default_rng(effort.seed), sorted(said)
    facts: dict[str, Any] = {"models": names}
    for family in ("gpt-3.5", "gpt-4"):
        old, new = (said[name] for name in names if family in name)
        items = sorted(old.keys() & new.keys())
        facts[family] = {
            "changed_verdicts": round(float(np.mean([old[i] != new[i] for i in items])), 4),
            **{
                f"found_on_{count}_anchors": _found(old, new, items, count, random, effort)
                for count in (20, 50)
            },
        }
    facts["false_drifts"] = _false(said, random, effort)
    return facts


def _found(
    old: dict[str, str],
    new: dict[str, str],
    items: list[str],
    count: int,
    random: np.random.Generator,
    effort: Effort,
) -> float:
    hits = 0
    for _ in range(effort.splits):
        some = set(random.choice(items, count, replace=False).tolist())
        before, after = ({i: side[i] for i in some} for side in (old, new))
        hits += bool(drifting(settle(compare_anchors(before, after))))
    return round(hits / effort.splits, 4)


def _false(said: dict[str, dict[str, str]], random: np.random.Generator, effort: Effort) -> float:
    """Random halves of one model's answers, compared as two batches."""
    names, hits = sorted(said), 0
    for index in range(effort.splits):
        verdicts = np.array(list(said[names[index % len(names)]].values()))
        order = random.permutation(len(verdicts))
        halves = [verdicts[order[part::2]].tolist() for part in (0, 1)]
        habits = [Habits([], half, []) for half in halves]
        hits += bool(drifting(settle(compare_habits(*habits))))
    return round(hits / effort.splits, 4)


def _verdict(answer: str) -> str:
    lower = answer.lower()
    return "yes" if "[yes]" in lower else "no" if "[no]" in lower else "unclear"
