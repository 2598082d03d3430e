"""Does the promise hold on real labels, and what does it save beside other ways?

Each set is split by prompt at random, half to label and half to decide, many times. Ways to decide:

    combined     all judges in one learned probability, certified
    single       each of the three judges most often right (known in hindsight), certified alone by
                 the same procedure; the one that decides most is quoted
    naive        all judges, the lowest threshold whose rate on the labels is within the target
    raw          the best single judge, where its own confidence reaches the target

and, once, in_sample: the most that the combination could decide if all labels were known. A split
breaks the promise if more than 1 - target of what was decided alone is wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import numpy as np

from benchmarks.deciding.effort import Effort, NoDataError
from benchmarks.deciding.judged_sets import SETS, JudgedSet
from judging.evidence.combine import combine
from judging.evidence.logistic import sigmoid
from judging.guarantee.threshold import certify
from judging.intervals import Booleans, Floats

TARGETS = (0.80, 0.85, 0.90)
DELTA = 0.1
SINGLES = 3
HEADLINE = ("trust_or_escalate", 0.85)


@dataclass(slots=True)
class Record:
    """What one way did over all splits at one target."""

    coverages: list[float] = field(default_factory=list)
    broken: int = 0

    def add(self, decided: Booleans, wrong: Booleans, unlabelled: Booleans, risk: float) -> None:
        """Count one split."""
        alone = decided & unlabelled
        self.coverages.append(float(alone.sum() / unlabelled.sum()))
        self.broken += bool(alone.any() and wrong[alone].mean() > risk + 1e-12)

    @property
    def coverage(self) -> float:
        """Mean share that was decided alone."""
        return round(float(np.mean(self.coverages)), 4)

    @property
    def miscoverage(self) -> float:
        """Share of the splits in which the promise was broken."""
        return round(self.broken / len(self.coverages), 4)


Records = dict[tuple[str, float], Record]


def measure(effort: Effort) -> dict[str, object]:
    """Miscoverage and coverage, for each set and target."""
    try:
        sets = [load() for load in SETS]
    except NoDataError as error:
        return {"skipped": str(error)}
    results = {judged.name: _measure_set(judged, effort) for judged in sets}
    every = [result for targets in results.values() for result in targets.values()]
    name, target = HEADLINE
    return {
        "miscoverage": max(result["miscoverage"] for result in every),
        "allowed": DELTA,
        "binomial_error": round(sqrt(DELTA * (1 - DELTA) / effort.splits), 4),
        "naive_miscoverage": max(result["naive_miscoverage"] for result in every),
        "coverage_vs_best_single": results[name][f"{target:.2f}"]["vs_best_single"],
        "splits": effort.splits,
        "sets": results,
    }


def _measure_set(judged: JudgedSet, effort: Effort) -> dict[str, dict[str, Any]]:
    accuracies = [
        ((odds > 0) == judged.first)[~np.isnan(odds)].mean() for odds in judged.signals.log_odds.T
    ]
    singles = [int(source) for source in np.argsort(accuracies)[::-1][:SINGLES]]
    records: Records = {}
    for labelled in _splits(judged, effort):
        _split(judged, labelled, singles, records)
    best_possible = _confidence(judged, list(range(len(judged.signals))), None)
    return {f"{t:.2f}": _summarise(records, singles, t, *best_possible) for t in TARGETS}


def _splits(judged: JudgedSet, effort: Effort) -> Iterator[Booleans]:
    """Half of the prompts, at random."""
    rng = np.random.default_rng(effort.seed)
    names, index = np.unique(judged.signals.groups, return_inverse=True)
    for _ in range(effort.splits):
        chosen = np.zeros(len(names), dtype=bool)
        chosen[rng.permutation(len(names))[: len(names) // 2]] = True
        yield chosen[index]


def _split(judged: JudgedSet, labelled: Booleans, singles: list[int], records: Records) -> None:
    rows = [int(row) for row in np.flatnonzero(labelled)]
    grouped = len(set(judged.signals.groups)) < len(judged.signals)
    groups = [judged.signals.groups[row] for row in rows] if grouped else []

    def add(way: str, target: float, decided: Booleans, wrong: Booleans) -> None:
        record = records.setdefault((way, target), Record())
        record.add(decided, wrong, ~labelled, 1 - target)

    for source in (None, *singles):
        confidences, wrong = _confidence(judged, rows, source)
        calibration = [(float(confidences[row]), not wrong[row]) for row in rows]
        way = "combined" if source is None else f"single {source}"
        for target in TARGETS:
            certificate = certify(
                confidences.tolist(), calibration, 1 - target, DELTA, groups=groups, learned=True
            )
            threshold = np.inf if certificate.threshold is None else certificate.threshold
            add(way, target, confidences >= threshold, wrong)
            if source is None:
                naive = _naive_threshold(confidences[rows], wrong[rows], 1 - target)
                add("naive", target, confidences >= naive, wrong)
    odds = np.nan_to_num(judged.signals.log_odds[:, singles[0]])
    for target in TARGETS:
        add("raw", target, sigmoid(np.abs(odds)) >= target, (odds > 0) != judged.first)


def _confidence(judged: JudgedSet, rows: list[int], source: int | None) -> tuple[Floats, Booleans]:
    """Confidence and error of each item, learned from the labels of some."""
    signals = judged.signals if source is None else judged.signals.only(source)
    combined = combine(signals, {row: bool(judged.first[row]) for row in rows})
    wrong: Booleans = combined.says_first != judged.first
    return combined.confidences, wrong


def _naive_threshold(confidences: Floats, wrong: Booleans, risk: float) -> float:
    """The lowest threshold at which the labelled items are within the risk; inf for none."""
    order = np.argsort(-confidences, kind="stable")
    rates = np.cumsum(wrong[order]) / np.arange(1, len(order) + 1)
    within = np.flatnonzero(rates <= risk)
    return float(confidences[order][within[-1]]) if len(within) else float("inf")


def _summarise(
    records: Records, singles: list[int], target: float, confidences: Floats, wrong: Booleans
) -> dict[str, Any]:
    combined = records["combined", target]
    best = max((records[f"single {s}", target] for s in singles), key=lambda r: r.coverage)
    naive, raw = records["naive", target], records["raw", target]
    possible = _naive_threshold(confidences, wrong, 1 - target)
    return {
        "miscoverage": combined.miscoverage,
        "coverage": combined.coverage,
        "best_single_coverage": best.coverage,
        "best_single_miscoverage": best.miscoverage,
        "vs_best_single": round(combined.coverage / best.coverage, 3) if best.coverage else None,
        "naive_coverage": naive.coverage,
        "naive_miscoverage": naive.miscoverage,
        "raw_coverage": raw.coverage,
        "raw_miscoverage": raw.miscoverage,
        "in_sample_coverage": round(float((confidences >= possible).mean()), 4),
    }
