"""The threshold: above which confidence the judge may decide alone, with a guarantee.

Promise: with probability at least 1 - delta over the draw of the calibration items, the judge
disagrees with people on at most `target_risk` of the items that it decides alone, which are those
that reach the threshold and that nobody labelled. It holds for any judge and any confidence, as
long as the calibration items are a random sample of the items it is applied to. A useless
confidence costs coverage, never the promise.

How (after Jung et al. 2024, arXiv 2407.18370, and Angelopoulos et al. 2021, arXiv 2110.01052):

1. A plan of tests follows from the confidences of all items, before any label is seen (`design`).
2. A test counts disagreements among the labelled items at or above a threshold, whole tie groups,
   and passes where so few would be luck if the promise were broken (`promise`).
3. Testing goes down from the surest items. A threshold that passes hands its level to the next; one
   that fails loses it, and testing goes on where the plan has put more.
4. The smallest threshold that passed wins. Where none passed the judge decides nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite
from typing import Any

import numpy as np
from pydantic import Field

from ingot.records import Model, content_id
from judging.guarantee.design import Plan, plan_tests
from judging.guarantee.promise import Promise, design_effect, p_values, upper_rate
from judging.intervals import Booleans, Floats, Integers, are_within, minimum_items

MAX_LABELS = 1_000_000


class Step(Model):
    """One test: does the risk above this threshold stay within the target?"""

    threshold: float
    n: int
    """Labelled items at or above the threshold."""
    k: int
    """Those on which the judge and people disagree."""
    everything: int
    """All items at or above the threshold, the labelled ones included."""
    level: float
    """Share of delta that the test may spend."""
    p_value: float
    passed: bool


class Certificate(Model):
    """What the judge may decide alone."""

    calibration_id: str
    """Name of the calibration: everything it was computed from."""
    target_risk: float
    delta: float
    threshold: float | None
    """Smallest confidence that is accepted; None where the judge decides nothing."""
    n: int = 0
    k: int = 0
    upper_bound: float = Field(default=1.0, ge=0, le=1)
    """Largest rate of disagreement that the test of this threshold does not exclude."""
    coverage: float = Field(default=0.0, ge=0, le=1)
    """Share of all items at or above the threshold."""
    labels: int
    """Calibration labels used."""
    promise: Promise = "batch"
    """batch: about the items of this batch that nobody labelled; population: about where they come
    from."""
    design_effect: float = Field(default=1.0, ge=1)
    """How many labels drawn in groups were worth one drawn alone, at the threshold."""
    labels_needed: int | None = None
    """Where the judge decides nothing: labels in all with which it would decide something, if the
    rates of disagreement stay as observed. None where no number of labels would help."""
    path: tuple[Step, ...] = ()
    """Every test that was made, in order."""

    def accepts(self, confidence: float | None) -> bool:
        """Whether an item of this confidence may pass without a person."""
        return (
            self.threshold is not None and confidence is not None and confidence >= self.threshold
        )


def certify(
    confidences: Sequence[float],
    calibration: Sequence[tuple[float, bool]],
    target_risk: float,
    delta: float,
    *,
    groups: Sequence[str] = (),
    promise: Promise = "batch",
    learned: bool = False,
) -> Certificate:
    """Compute the threshold from the confidences of all items and the labelled sample of them.

    Args:
        confidences: Of all items, the labelled ones included.
        calibration: Of each labelled item its confidence, and whether judge and people agree.
        target_risk: Largest share of disagreements that is promised.
        delta: Largest probability that the promise is broken.
        groups: Of each labelled item the group it was drawn with, such as its prompt, where labels
            were drawn in groups; empty where they were drawn one by one.
        promise: What the promise is about.
        learned: Whether the confidence was itself learned from labels, and so means what it says.

    Raises:
        ValueError: for a risk or delta outside (0, 1) and for confidences outside [0, 1].
    """
    if not (0 < target_risk < 1 and 0 < delta < 1):
        raise ValueError(f"target_risk {target_risk} and delta {delta} must lie between 0 and 1")
    everything = _sorted_confidences(confidences)
    counts = _Counts.of(calibration, groups)
    plan = plan_tests(
        everything, len(calibration), target_risk, delta, promise=promise, learned=learned
    )
    path = walk(plan, counts.tally(plan.thresholds, everything), target_risk, promise)
    facts: dict[str, Any] = {"target_risk": target_risk, "delta": delta, "path": path}
    facts |= {"labels": len(calibration), "promise": promise}
    facts["calibration_id"] = _calibration_id(everything, calibration, facts)
    passed = min((step for step in path if step.passed), key=_by_threshold, default=None)
    if passed is None:
        needed = _labels_needed(path, len(everything), len(calibration), target_risk, delta)
        return Certificate(threshold=None, labels_needed=needed, **facts)
    effect = counts.effect(passed.threshold)
    return Certificate(
        threshold=passed.threshold,
        n=passed.n,
        k=passed.k,
        upper_bound=_bound(passed, effect, promise),
        coverage=passed.everything / len(everything),
        design_effect=effect,
        **facts,
    )


class _Counts:
    """The labelled sample, surest first, with running numbers of disagreements."""

    def __init__(self, confidences: Floats, wrong: Booleans, groups: list[str]) -> None:
        self.confidences, self._wrong, self._groups = confidences, wrong, groups
        self._errors = np.concatenate([[0], np.cumsum(wrong)]).astype(np.int64)

    @classmethod
    def of(cls, calibration: Sequence[tuple[float, bool]], groups: Sequence[str]) -> "_Counts":
        if groups and len(groups) != len(calibration):
            raise ValueError(f"{len(groups)} groups for {len(calibration)} labels: give one each")
        confidences = np.array([confidence for confidence, _ in calibration], dtype=float)
        order = np.argsort(-_checked(confidences), kind="stable")
        wrong = np.array([not agrees for _, agrees in calibration], dtype=bool)[order]
        return cls(confidences[order], wrong, [groups[i] for i in order] if groups else [])

    def at(self, thresholds: Floats) -> tuple[Integers, Integers]:
        """Labelled items and disagreements at or above each threshold, tie groups whole."""
        n = np.searchsorted(-self.confidences, -thresholds, side="right").astype(np.int64)
        return n, self._errors[n]

    def tally(self, thresholds: Floats, everything: Floats) -> "Tally":
        """What is counted at each threshold, among items of these confidences."""
        n, k = self.at(thresholds)
        reached = np.searchsorted(-everything, -thresholds, side="right").astype(np.int64)
        effects = np.array([self.effect(float(threshold)) for threshold in thresholds])
        return Tally(n, k, reached, effects)

    def effect(self, threshold: float) -> float:
        """The design effect of groups at a threshold; 1 without groups."""
        if not self._groups:
            return 1.0
        return design_effect(self.confidences, self._wrong, self._groups, threshold)


@dataclass(frozen=True, slots=True)
class Tally:
    """What is counted at each threshold of a plan."""

    n: Integers
    """Labelled items that are accepted."""
    k: Integers
    """Disagreements among them."""
    everything: Integers
    """All accepted items."""
    effects: Floats
    """Design effects."""


def walk(plan: Plan, tally: Tally, target_risk: float, promise: Promise) -> tuple[Step, ...]:
    """Test downwards; a threshold without a level is not tested."""
    counts = _shrink(tally.k, tally.n, tally.everything, tally.effects)
    values = p_values(*counts, target_risk, promise)
    level, steps = 0.0, []
    for index, threshold in enumerate(plan.thresholds):
        level += float(plan.levels[index])
        if level <= 0:
            continue
        passed = bool(values[index] <= level)
        steps.append(
            Step(
                threshold=float(threshold),
                n=int(tally.n[index]),
                k=int(tally.k[index]),
                everything=int(tally.everything[index]),
                level=level,
                p_value=float(values[index]),
                passed=passed,
            )
        )
        level = level if passed else 0.0
    return tuple(steps)


def _shrink(
    k: Integers, n: Integers, reached: Integers, effects: Floats
) -> tuple[Integers, Integers, Integers]:
    """Counts as if every label had been drawn alone; errors are rounded up, items down."""
    items = np.floor(n / effects).astype(np.int64)
    rest = np.round((reached - n) / effects).astype(np.int64)
    errors = np.minimum(np.ceil(k / effects - 1e-9).astype(np.int64), items)
    return errors, items, items + rest


def _bound(step: Step, effect: float, promise: Promise) -> float:
    counts = np.array([[step.k], [step.n], [step.everything]], dtype=np.int64)
    k, n, everything = _shrink(counts[0], counts[1], counts[2], np.array([effect]))
    return upper_rate(int(k[0]), int(n[0]), int(everything[0]), step.level, promise)


def _labels_needed(
    path: Sequence[Step], items: int, labels: int, target_risk: float, delta: float
) -> int | None:
    """Labels in all at which some test would pass, at the observed rate and the level it had."""
    if not path:
        return minimum_items(target_risk, delta)
    rates = np.array(
        [(step.k + 0.5) / (step.n + 1) for step in path]
    )  # none seen is not none there
    levels = np.array([step.level for step in path])
    shares = np.array([step.everything / items for step in path])
    needed = float(np.min(_items_to_pass(rates, levels, target_risk) / shares))
    return max(labels + 1, ceil(needed)) if isfinite(needed) else None


def _items_to_pass(rates: Floats, levels: Floats, target_risk: float) -> Floats:
    """Labelled items that would certify each observed rate; infinite where a million would not."""
    low, high = np.ones(len(rates)), np.full(len(rates), float(MAX_LABELS))
    hopeful = are_within(rates * high, high, levels, target_risk)
    for _ in range(MAX_LABELS.bit_length()):
        middle = np.floor((low + high) / 2)
        passes = are_within(rates * middle, middle, levels, target_risk)
        low, high = np.where(passes, low, middle + 1), np.where(passes, middle, high)
    return np.where(hopeful, high, np.inf)


def _by_threshold(step: Step) -> float:
    return step.threshold


def _sorted_confidences(confidences: Sequence[float]) -> Floats:
    """Surest first."""
    return -np.sort(-_checked(np.array(confidences, dtype=float)))


def _checked(confidences: Floats) -> Floats:
    if confidences.size and not (confidences.min() >= 0 and confidences.max() <= 1):
        raise ValueError("a confidence lies outside [0, 1]: leave out items that were not judged")
    return confidences


def _calibration_id(
    everything: Floats, calibration: Sequence[tuple[float, bool]], facts: dict[str, Any]
) -> str:
    labelled = sorted([float(confidence), bool(agrees)] for confidence, agrees in calibration)
    terms = [facts["target_risk"], facts["delta"], facts["promise"]]
    return content_id("cal", [everything.tolist(), labelled, *terms])
