"""From a cheap judge to a dear one to a person, under one promise.

The cascade is one selective predictor along a path that is declared before any label is seen: at
depth d in (0, 1] each judge decides the items that lie among the surest share d of its own
confidences; the cheapest judge that is sure enough decides; what none is sure of goes to people.
One test on the verdicts of the whole, at each depth, is all that is needed; a test for every stage
on the same labels, as in the published code of Jung et al. 2024 (arXiv 2407.18370), would spend
delta several times.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from judging.guarantee.design import plan_tests
from judging.guarantee.promise import Promise
from judging.guarantee.threshold import Step, Tally, walk
from judging.intervals import Booleans, Floats, Integers


@dataclass(frozen=True, slots=True)
class Stage:
    """One judge on all items, the cheapest stage first."""

    name: str
    confidences: Floats
    """Of each item; NaN where the judge gave no verdict."""
    says_first: Booleans
    """Its verdict on each item."""
    cost: float = 1.0
    """Of one judgement, in any unit."""


@dataclass(frozen=True, slots=True)
class Cascade:
    """What each stage may decide."""

    thresholds: dict[str, float | None]
    """Smallest confidence that each stage decides on; None where the cascade decides nothing."""
    decided_by: tuple[str, ...]
    """The stage that decides each item, '' for a person."""
    cost: float
    """Of all judgements needed: a dearer judge is asked only what no cheaper one decided."""
    path: tuple[Step, ...]

    @property
    def coverage(self) -> float:
        """Share of the items that no person needs to see."""
        return sum(name != "" for name in self.decided_by) / max(len(self.decided_by), 1)


def certify_cascade(
    stages: Sequence[Stage],
    labels: Mapping[int, bool],
    target_risk: float,
    delta: float,
    *,
    promise: Promise = "batch",
    learned: bool = False,
) -> Cascade:
    """Find how deep the cascade may go.

    `labels` holds, by position, whether the first verdict holds on the items of a random sample.
    Raises ValueError without stages, or for stages of different lengths.
    """
    if len({len(stage.confidences) for stage in stages}) != 1:
        raise ValueError("a cascade needs stages that judged the same items")
    depths = np.stack([_depths(stage.confidences) for stage in stages])
    entry = depths.min(axis=0)
    order = np.argsort(entry, kind="stable")
    sure = np.nan_to_num(np.stack([s.confidences for s in stages]), nan=0.5).max(axis=0)
    plan = plan_tests(
        1 - entry[order],
        len(labels),
        target_risk,
        delta,
        promise=promise,
        learned=learned,
        expected=sure[order],
    )
    reached = 1 - plan.thresholds
    path = walk(plan, _tally(stages, depths, reached, labels), target_risk, promise)
    passed = [1 - step.threshold for step in path if step.passed]
    return _decide(stages, depths, max(passed, default=-1.0), path)


def _depths(confidences: Floats) -> Floats:
    """Share of all items that are at least as sure as each; 2 where there is no verdict."""
    known = np.where(np.isnan(confidences), -1.0, confidences)
    ordered = -np.sort(-known)
    depths: Floats = np.searchsorted(-ordered, -known, side="right") / len(known)
    return np.where(known < 0, 2.0, depths)


def _first_stage(depths: Floats, depth: float) -> Integers:
    """The first stage that is sure enough at a depth, for each item; -1 for none."""
    sure = depths <= depth + 1e-12
    return np.where(sure.any(axis=0), sure.argmax(axis=0), -1).astype(np.int64)


def _tally(
    stages: Sequence[Stage], depths: Floats, reached: Floats, labels: Mapping[int, bool]
) -> Tally:
    says = np.stack([stage.says_first for stage in stages])
    rows = np.array(sorted(labels), dtype=np.int64)
    first = np.array([labels[int(row)] for row in rows], dtype=bool)
    n, k, everything = [], [], []
    for depth in reached:
        stage = _first_stage(depths, float(depth))
        accepted = stage[rows] >= 0
        wrong = says[np.maximum(stage[rows], 0), rows] != first
        n.append(int(accepted.sum()))
        k.append(int((accepted & wrong).sum()))
        everything.append(int((stage >= 0).sum()))
    return Tally(np.array(n), np.array(k), np.array(everything), np.ones(len(reached)))


def _decide(
    stages: Sequence[Stage], depths: Floats, depth: float, path: tuple[Step, ...]
) -> Cascade:
    stage = _first_stage(depths, depth)
    names = ("", *(s.name for s in stages))
    asked, cost = np.ones(depths.shape[1], dtype=bool), 0.0
    thresholds: dict[str, float | None] = {}
    for index, current in enumerate(stages):
        cost += current.cost * int(asked.sum())
        accepted = depths[index] <= depth + 1e-12
        thresholds[current.name] = (
            float(current.confidences[accepted].min()) if accepted.any() else None
        )
        asked &= ~accepted
    return Cascade(thresholds, tuple(names[i + 1] for i in stage), cost, path)
