"""The style of an English text: five figures, one score.

Weights and limits come from the training half (`python -m benchmarks.evidence --fit`). No rule of
the platform uses them: on the other half they find people who learnt English as a foreign language
more often than other people, and what does so is off.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp
from statistics import fmean, pstdev

from services.review.evidence import words
from services.review.evidence.found import Evidence, Limits

MIN_WORDS = 120
WINDOW = 50
"""Words in which the different ones are counted, so that long texts compare with short ones."""
ENGLISH_SHARE = 0.2
"""Share of the commonest English words from which on a text is taken to be English."""
LIMITS = Limits(note=0.64, review=0.839)


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_COMMON = _listed("the of and to a in is that it for as with on are be this was i you")
_FAVOURED = _listed(
    "crucial essential important significant significantly various ensure ensuring ensures "
    "provide provides providing foster valuable diverse individuals comprehensive potential "
    "potentially enhance enhanced enhancing enhances insights pivotal intricate showcasing "
    "meticulous noteworthy invaluable notably numerous experience unique including impact "
    "challenges strive demonstrate utilize effectively efficient contribute highlight highlights "
    "emphasize promote"
)
_EVERYDAY = _listed(
    "very really just so then got get lot thing things actually pretty even only quite"
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True, slots=True)
class Figure:
    """How one figure counts."""

    mean: float
    """Over the training half, as is the deviation."""
    deviation: float
    weight: float
    """By which a deviation above the mean moves the log-odds."""


FIGURES: Mapping[str, Figure] = {
    "sentence_variation": Figure(0.384, 0.175, -0.581),
    "different_words": Figure(0.805, 0.045, -0.445),
    "commas": Figure(4.797, 2.336, 0.463),
    "favoured_words": Figure(0.926, 1.095, 0.99),
    "everyday_words": Figure(0.798, 1.05, -0.64),
}
INTERCEPT = 0.035
CLIP = 3.0


def find(text: str) -> list[Evidence]:
    """What the style shows; nothing of short texts and of other languages."""
    found = words.split(text)
    if len(found) < MIN_WORDS or not is_english(found):
        return []
    values = measure(text, found)
    value = score(values)
    severity = LIMITS.grade(value)
    measured = {"score": round(value, 3)} | {name: round(v, 2) for name, v in values.items()}
    return [Evidence("style", severity, measured)] if severity else []


def is_english(found: list[str]) -> bool:
    """Whether enough of the words are the commonest of English."""
    return sum(word in _COMMON for word in found) >= ENGLISH_SHARE * len(found)


def measure(text: str, found: list[str]) -> dict[str, float]:
    """The figures of a text with these words; the last three per 100 words."""
    lengths = [len(words.split(part)) for part in _SENTENCE_END.split(text[: words.ASSESSED_CHARS])]
    lengths = [length for length in lengths if length]
    starts = range(0, max(len(found) - WINDOW, 0) + 1, 10)
    windows = [found[start : start + WINDOW] for start in starts]
    percent = 100 / len(found)
    return {
        "sentence_variation": pstdev(lengths) / fmean(lengths),
        "different_words": fmean(len(set(window)) / len(window) for window in windows),
        "commas": percent * text.count(",", 0, words.ASSESSED_CHARS),
        "favoured_words": percent * sum(word in _FAVOURED for word in found),
        "everyday_words": percent * sum(word in _EVERYDAY for word in found),
    }


def score(values: Mapping[str, float]) -> float:
    """0 to 1: how much a style is that of the models' texts rather than of the people's."""
    odds = INTERCEPT
    for name, figure in FIGURES.items():
        deviations = (values[name] - figure.mean) / figure.deviation
        odds += figure.weight * max(-CLIP, min(CLIP, deviations))
    return 1 / (1 + exp(-odds))
