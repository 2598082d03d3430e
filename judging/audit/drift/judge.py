"""Drift in the judge: its confidence, its habits, its verdicts on items it has judged before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from scipy.stats import binomtest

from ingot.records import Judgment
from judging.audit.drift.check import MIN_ITEMS, Finding
from judging.audit.drift.prompts import MATERIAL_DISTANCE
from judging.audit.drift.samples import (
    compare_bands,
    compare_mixes,
    compare_shapes,
    compare_shares,
)

MATERIAL_SHARE = 0.1
MATERIAL_BIAS = 0.1
TOLERATED_CHANGES = 0.02
"""Share of anchors on which a judge at rest may change its mind: ties of rounding, batched sums."""
MATERIAL_CHANGES = 0.05


@dataclass(frozen=True, slots=True)
class Habits:
    """How a judge behaves over some items; lists may be shorter where nothing was told."""

    confidences: Sequence[float]
    verdicts: Sequence[str]
    flips: Sequence[bool]
    label_masses: Sequence[float] = ()
    silent: tuple[int, int] = (0, 0)
    """Items without a verdict, of how many: unsure, refused or failed."""

    @classmethod
    def of(cls, judgments: Sequence[Judgment]) -> "Habits":
        """The habits that judgments show."""
        said = [judgment for judgment in judgments if judgment.p is not None]
        return cls(
            confidences=[judgment.p for judgment in said if judgment.p is not None],
            verdicts=[judgment.verdict for judgment in said],
            flips=[judgment.flipped for judgment in said],
            label_masses=[j.label_mass for j in judgments if j.label_mass is not None],
            silent=(len(judgments) - len(said), len(judgments)),
        )


def compare_habits(before: Habits, after: Habits) -> list[Finding]:
    """Compare what one judge did to two sets of items of the same kind."""
    return [
        _confidence(before, after),
        _mix("verdicts", before.verdicts, after.verdicts),
        _share("flips", "another verdict in the other order", *_flips(before, after)),
        _share("silence", "no verdict", before.silent, after.silent),
        _mass(before, after),
    ]


def compare_anchors(before: Mapping[str, str], after: Mapping[str, str]) -> list[Finding]:
    """Compare the verdicts on the same items, by id, given at two times.

    The strictest of all checks: nothing but the judge can have changed. Tested against a small rate
    of changes that a judge at rest is allowed.
    """
    both = sorted(before.keys() & after.keys())
    changed, n = sum(before[item] != after[item] for item in both), len(both)
    share = changed / n if n else 0.0
    enough = n >= MIN_ITEMS
    p_value = binomtest(changed, n, TOLERATED_CHANGES, "greater").pvalue if enough else 1.0
    said = f"another verdict on {changed} of {n} repeated items"
    name = "anchor items"
    return [Finding("judge", name, share, MATERIAL_CHANGES, float(p_value), n, n, said)]


def _confidence(before: Habits, after: Habits) -> Finding:
    change = compare_shapes(before.confidences, after.confidences)
    index = compare_bands(before.confidences, after.confidences)
    said = (
        f"mean confidence {_mean(before.confidences)} then {_mean(after.confidences)}, distance "
        f"{change.size:.3f}, population stability index {index:.3f}"
    )
    counts = len(before.confidences), len(after.confidences)
    return Finding(
        "judge", "confidence", change.size, MATERIAL_DISTANCE, change.p_value, *counts, said
    )


def _mix(name: str, before: Sequence[str], after: Sequence[str]) -> Finding:
    change = compare_mixes(before, after)
    said = f"population stability index of the {name} {change.size:.3f}"
    counts = len(before), len(after)
    return Finding("judge", name, change.size, MATERIAL_BIAS, change.p_value, *counts, said)


def _flips(*parts: Habits) -> list[tuple[int, int]]:
    return [(sum(habits.flips), len(habits.flips)) for habits in parts]


def _share(name: str, what: str, before: tuple[int, int], after: tuple[int, int]) -> Finding:
    change = compare_shares(before, after)
    said = f"{what} {change.size:+.3f}"
    items = before[1], after[1]
    return Finding("judge", name, change.size, MATERIAL_SHARE, change.p_value, *items, said)


def _mass(before: Habits, after: Habits) -> Finding:
    change = compare_shapes(before.label_masses, after.label_masses)
    masses = before.label_masses, after.label_masses
    said = f"mean label mass {_mean(masses[0])} then {_mean(masses[1])}"
    counts = len(masses[0]), len(masses[1])
    return Finding(
        "judge", "label mass", change.size, MATERIAL_DISTANCE, change.p_value, *counts, said
    )


def _mean(values: Sequence[float]) -> str:
    return f"{fmean(values):.3f}" if values else "unknown"
