"""Drift in people: how they agree with each other, with gold and with the judge, and their time."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from statistics import median

from judging.audit.drift.check import Finding
from judging.audit.drift.prompts import MATERIAL_DISTANCE
from judging.audit.drift.samples import compare_shapes, compare_shares

MATERIAL_SHARE = 0.1
Share = tuple[int, int]
"""(how many, of how many)"""


@dataclass(frozen=True, slots=True)
class Answers:
    """What some answers of people show; (0, 0) and () where it is not known."""

    with_each_other: Share = (0, 0)
    """Pairs of answers to one item that agree."""
    with_gold: Share = (0, 0)
    """Answers to items of known truth that are right."""
    with_judge: Share = (0, 0)
    """Items on which they say what the judge says; of comparable items only."""
    active_ms: Sequence[int] = ()


def compare_answers(before: Answers, after: Answers) -> list[Finding]:
    """Compare the answers of two times to items of the same kind."""
    return [
        _share("agreement with each other", before.with_each_other, after.with_each_other),
        _share("agreement with gold", before.with_gold, after.with_gold),
        _share("agreement with the judge", before.with_judge, after.with_judge),
        _time(before.active_ms, after.active_ms),
    ]


def _share(name: str, before: Share, after: Share) -> Finding:
    change = compare_shares(before, after)
    said = f"{name} {change.size:+.3f}"
    items = before[1], after[1]
    return Finding("people", name, change.size, MATERIAL_SHARE, change.p_value, *items, said)


def _time(before: Sequence[int], after: Sequence[int]) -> Finding:
    change = compare_shapes(*([log(1 + ms) for ms in some] for some in (before, after)))
    middles = [round(median(some) / 1000, 1) if some else "unknown" for some in (before, after)]
    said = f"median {middles[0]} then {middles[1]} s for an answer"
    counts = len(before), len(after)
    return Finding(
        "people", "time per answer", change.size, MATERIAL_DISTANCE, change.p_value, *counts, said
    )
