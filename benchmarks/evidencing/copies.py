"""Copies with some of their words replaced, which stand for texts that were gone over."""

from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Any, TypeAlias

from benchmarks.evidencing.cases import Case
from benchmarks.evidencing.rates import grade
from services.review.evidence.found import SEVERITIES, Evidence
from services.review.evidence.words import runs, split

REPLACED = (0.0, 0.1, 0.3, 0.5)
"""Shares of words that another word stands for."""
Rule: TypeAlias = Callable[[Case, set[int]], Iterable[Evidence]]


def found_copies(
    cases: Sequence[Case], original: Callable[[Case], str], rule: Rule, seed: int
) -> dict[str, Any]:
    """Share of copies that a rule finds at each severity or graver, by words replaced."""
    draw = Random(seed)
    words = sorted({word for case in cases for word in split(case.sample.text)})
    result: dict[str, Any] = {"n": len(cases)}
    for share in REPLACED:
        grades = []
        for case in cases:
            own = runs(_edited(original(case), share, words, draw)) - runs(case.task)
            grades.append(grade(case.sample, rule(case, own)).grade)
        result[str(share)] = {
            severity: round(sum(g >= place for g in grades) / len(grades), 3)
            for place, severity in enumerate(SEVERITIES)
        }
    return result


def _edited(text: str, share: float, words: Sequence[str], draw: Random) -> str:
    return " ".join(draw.choice(words) if draw.random() < share else word for word in split(text))
