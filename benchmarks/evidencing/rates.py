"""How often texts are found, by who wrote them, with 95 % intervals."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.evidencing.texts import Sample
from judging.intervals import wilson
from services.review.evidence.found import SEVERITIES, Evidence, Severity

SLACK = 0.001
"""Added to the values that people reach, so that a limit stands above them."""


@dataclass(frozen=True, slots=True)
class Graded:
    """A text, and how grave a rule finds it; -1 where it finds nothing."""

    sample: Sample
    grade: int


def grade(sample: Sample, found: Iterable[Evidence]) -> Graded:
    """The gravest of what was found."""
    return Graded(sample, max((SEVERITIES.index(e.severity) for e in found), default=-1))


def summarize(graded: Sequence[Graded], severities: Sequence[Severity]) -> dict[str, Any]:
    """Rates at each severity or graver, of the half that no limit was chosen on."""
    held = [g for g in graded if not g.sample.train]
    writers = sorted({g.sample.writer for g in held})
    return {
        severity: {writer: rate(held, severity, writer) for writer in writers}
        | {"learners_no_worse": learners_no_worse(held, severity)}
        for severity in severities
    } | {"by_source": _by_source(held, severities)}


def rate(graded: Sequence[Graded], severity: Severity, writer: str) -> dict[str, Any]:
    """Share of this writer's texts that are found, its interval, and their number."""
    grades = [g.grade for g in graded if g.sample.writer == writer]
    hits = sum(grade >= SEVERITIES.index(severity) for grade in grades)
    within = wilson(hits, len(grades), 0.05)
    share = round(hits / max(len(grades), 1), 4)
    return {
        "rate": share,
        "low": round(within.low, 4),
        "high": round(within.high, 4),
        "n": len(grades),
    }


def learners_no_worse(graded: Sequence[Graded], severity: Severity) -> bool:
    """Whether those who learnt English as a foreign language are found no more often."""
    learners, others = (rate(graded, severity, writer) for writer in ("learner", "person"))
    return bool(learners["rate"] <= others["rate"])


def choose_limit(samples: Sequence[Sample], value: Callable[[Sample], float], rate: float) -> float:
    """The lowest limit that finds at most this share of people, and no more of the learners.

    Of the training half alone.
    """
    values: dict[str, list[float]] = defaultdict(list)
    for sample in samples:
        if sample.train:
            values[sample.writer].append(value(sample))
    people, learners = np.array(values["person"]), np.array(values["learner"] or [-1.0])
    for limit in np.unique(np.concatenate([people, learners])) + SLACK:
        found = float(np.mean(people >= limit))
        if found <= rate and float(np.mean(learners >= limit)) <= found:
            return float(limit)
    raise AssertionError("above the highest value nobody is found")


def _by_source(graded: Sequence[Graded], severities: Sequence[Severity]) -> dict[str, Any]:
    sources: dict[str, list[int]] = defaultdict(list)
    for g in graded:
        sources[f"{g.sample.source} ({g.sample.writer})"].append(g.grade)
    return {
        source: {"n": len(grades)}
        | {
            s: round(sum(g >= SEVERITIES.index(s) for g in grades) / len(grades), 3)
            for s in severities
        }
        for source, grades in sorted(sources.items())
    }
