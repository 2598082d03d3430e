"""The threshold: above which confidence the judge may decide alone, with a guarantee.

Promise: with probability at least 1 - delta over the draw of the calibration items, the judge
disagrees with people on at most `target_risk` of the items whose confidence reaches the threshold.
It holds for any judge and any confidence, as long as the calibration items are a random sample of
the items it is applied to. A useless confidence costs coverage, never the promise.

How (Jung et al. 2024, arXiv 2407.18370; Angelopoulos et al. 2021, arXiv 2110.01052):

1. Candidate thresholds follow from the confidences of all items, before any label is seen.
2. Sequences of tests share delta. Half of it goes to multi-start fixed-sequence testing: each
   sequence walks down from the surest 30, 60, 120 or 240 items and ends at its first failure, so
   that it needs no correction inside. The other half goes to single tests on a coarse grid, which
   find a threshold where the surest items are not the best ones.
3. A test counts disagreements among the labelled items at or above the threshold, whole tie groups,
   and passes where the exact upper bound of their rate is within the target.
4. The smallest threshold that passed wins. Where none passed the judge decides nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ingot.records import Model, content_id
from judging.intervals import Floats, are_within, minimum_items, upper_bounds

STARTS = (30, 60, 120, 240)
"""Items of the calibration sample, by rank of confidence, at which a sequence starts."""
STEPS = 20
"""Thresholds of a sequence, in geometric sizes up to all items."""
GRID_POINTS = 5
MAX_LABELS = 1_000_000


class Step(Model):
    """One test: does the risk above this threshold stay within the target?"""

    sequence: str
    threshold: float
    n: int
    """Labelled items at or above the threshold."""
    k: int
    """Those on which the judge and people disagree."""
    upper_bound: float
    """Upper bound of the rate of disagreement at this test's share of delta."""
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
    coverage: float = Field(default=0.0, ge=0, le=1)
    """Share of all items at or above the threshold."""
    labels: int
    """Calibration labels used."""
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


@dataclass(frozen=True, slots=True)
class ThresholdSequence:
    """Thresholds to test from the highest down, with what they may spend of delta together."""

    name: str
    delta: float
    thresholds: Floats


def certify(
    confidences: Sequence[float],
    calibration: Sequence[tuple[float, bool]],
    target_risk: float,
    delta: float,
) -> Certificate:
    """Compute the threshold from the confidences of all items and the labelled sample of them.

    `calibration` holds, for each labelled item, its confidence and whether judge and people agree.
    Raises ValueError for a risk or delta outside (0, 1) and for confidences outside [0, 1].
    """
    everything = _sorted_confidences(confidences)
    counts = _Counts.of(calibration)
    if not (0 < target_risk < 1 and 0 < delta < 1):
        raise ValueError(f"target_risk {target_risk} and delta {delta} must lie between 0 and 1")
    plan = plan_sequences(everything, len(calibration), target_risk, delta)
    path = tuple(step for seq in plan for step in _walk(seq, counts, target_risk))
    passed = min((step for step in path if step.passed), key=_by_threshold, default=None)
    facts: dict[str, Any] = {"target_risk": target_risk, "delta": delta, "path": path}
    facts |= {"labels": len(calibration)}
    facts["calibration_id"] = _calibration_id(everything, calibration, target_risk, delta)
    if passed is None:
        needed = _labels_needed(plan, counts, everything, target_risk, delta)
        return Certificate(threshold=None, labels_needed=needed, **facts)
    coverage = _reached(everything, passed.threshold) / len(everything)
    chosen = passed.model_dump(include={"threshold", "n", "k", "upper_bound"})
    return Certificate(coverage=coverage, **chosen, **facts)


def plan_sequences(
    everything: Floats, labels: int, target_risk: float, delta: float
) -> list[ThresholdSequence]:
    """The tests to make; a function of confidences and the number of labels, never of labels."""
    floor = minimum_items(target_risk, delta / 2)
    if labels < floor or not len(everything):
        return []
    starts = sorted({max(start, floor) for start in STARTS if start < labels} or {labels})
    share = delta / 2 / len(starts)
    walks = [
        ThresholdSequence(f"from {start}", share, _thresholds(everything, start, labels, STEPS))
        for start in starts
    ]
    grid = _thresholds(everything, starts[0], labels, GRID_POINTS)
    return walks + [
        ThresholdSequence("grid", delta / 2 / len(grid), np.array([threshold]))
        for threshold in grid
    ]


@dataclass(frozen=True, slots=True)
class _Counts:
    """The labelled sample, surest first, with running numbers of disagreements."""

    confidences: Floats
    errors: NDArray[np.int64]

    @classmethod
    def of(cls, calibration: Sequence[tuple[float, bool]]) -> "_Counts":
        confidences = np.array([confidence for confidence, _ in calibration], dtype=float)
        order = np.argsort(-_checked(confidences), kind="stable")
        wrong = np.array([not agrees for _, agrees in calibration], dtype=np.int64)[order]
        return cls(confidences[order], np.concatenate([[0], np.cumsum(wrong)]).astype(np.int64))

    def at(self, thresholds: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Labelled items and disagreements at or above each threshold, tie groups whole."""
        n = np.searchsorted(-self.confidences, -thresholds, side="right").astype(np.int64)
        return n, self.errors[n]


def _walk(sequence: ThresholdSequence, counts: _Counts, target_risk: float) -> Iterator[Step]:
    """Test from the top down to the first failure.

    A threshold with fewer labelled items than can pass at all is left out: the number of items is
    known without their labels, so leaving it out breaks no promise.
    """
    n, k = counts.at(sequence.thresholds)
    bounds = upper_bounds(k, n, sequence.delta)
    for index in np.flatnonzero(n >= minimum_items(target_risk, sequence.delta)):
        passed = bool(bounds[index] <= target_risk)
        yield Step(
            sequence=sequence.name,
            threshold=float(sequence.thresholds[index]),
            n=int(n[index]),
            k=int(k[index]),
            upper_bound=float(bounds[index]),
            passed=passed,
        )
        if not passed:
            return


def _thresholds(everything: Floats, start: int, labels: int, points: int) -> Floats:
    """Confidences at the ranks that about `start` ... `labels` labelled items will reach."""
    sizes = np.geomspace(start, labels, points if start < labels else 1)
    ranks = np.ceil(sizes / labels * len(everything)).astype(int)
    return np.unique(everything[np.clip(ranks, 1, len(everything)) - 1])[::-1]


def _labels_needed(
    plan: Sequence[ThresholdSequence],
    counts: _Counts,
    everything: Floats,
    target_risk: float,
    delta: float,
) -> int | None:
    """Labels in all at which some sequence would pass its first test at the observed rate."""
    if not plan:
        return minimum_items(target_risk, delta / 2)
    thresholds = np.array([sequence.thresholds[0] for sequence in plan])
    deltas = np.array([sequence.delta for sequence in plan])
    n, k = counts.at(thresholds)
    rates = (k + 0.5) / (n + 1)  # half an error is added: none seen is not none there
    items = _items_to_pass(rates, deltas, target_risk)
    coverage = np.array([_reached(everything, t) for t in thresholds]) / len(everything)
    needed = float(np.min(items / coverage))
    return max(len(counts.confidences) + 1, ceil(needed)) if isfinite(needed) else None


def _items_to_pass(rates: Floats, deltas: Floats, target_risk: float) -> Floats:
    """Labelled items that would certify each observed rate; infinite where a million would not."""
    low, high = np.ones(len(rates)), np.full(len(rates), float(MAX_LABELS))
    hopeful = are_within(rates * high, high, deltas, target_risk)
    for _ in range(MAX_LABELS.bit_length()):
        middle = np.floor((low + high) / 2)
        passes = are_within(rates * middle, middle, deltas, target_risk)
        low, high = np.where(passes, low, middle + 1), np.where(passes, middle, high)
    return np.where(hopeful, high, np.inf)


def _reached(everything: Floats, threshold: float) -> int:
    return int(np.searchsorted(-everything, -threshold, side="right"))


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
    everything: Floats,
    calibration: Sequence[tuple[float, bool]],
    target_risk: float,
    delta: float,
) -> str:
    labelled = sorted([float(confidence), bool(agrees)] for confidence, agrees in calibration)
    return content_id("cal", [everything.tolist(), labelled, target_risk, delta])
