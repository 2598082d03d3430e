"""Self-BLEU: how well each text of a sample is predicted by the others (Zhu et al. 2018)."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log
from random import Random
from typing import TypeAlias

from generation.diversity.words import split_words

Gram: TypeAlias = tuple[str, ...]
ORDERS = (1, 2, 3, 4)
"""BLEU-4: n-grams of one to four words, all of one weight."""
_EPSILON = 0.1
"""Matches of an order that has none: method 1 of Chen & Cherry 2014, as NLTK writes it."""


@dataclass(slots=True)
class _Most:
    """The largest number of times that one text has an n-gram, and the largest of the others."""

    count: int = 0
    owner: int = -1
    second: int = 0

    def see(self, count: int, owner: int) -> None:
        if count > self.count:
            self.count, self.owner, self.second = count, owner, self.count
        elif count > self.second:
            self.second = count

    def best_of_others(self, owner: int) -> int:
        return self.second if owner == self.owner else self.count


def self_bleu(texts: Sequence[str], sample: int, rng: Random) -> float:
    """Mean BLEU-4 of each text of a sample against all others of it: 1 for copies, near 0 for none.

    Zhu et al. 2018 (arXiv 1802.01886). In time linear in the words: an n-gram's largest count among
    the others is the largest of all, or the second largest for the text that owns that. Texts
    without words are left out; fewer than two others give 0.
    """
    drawn = texts if len(texts) <= sample else rng.sample(texts, sample)
    words = [entry for entry in map(split_words, drawn) if entry]
    if len(words) < 2:
        return 0.0
    matched = [_precisions(words, order) for order in ORDERS]
    lengths = sorted(len(entry) for entry in words)
    scores = [
        _bleu([precisions[i] for precisions in matched], len(entry), lengths)
        for i, entry in enumerate(words)
    ]
    return sum(scores) / len(scores)


def _precisions(words: Sequence[Sequence[str]], order: int) -> list[float]:
    """For each text the share of its n-grams that another text has too, smoothed."""
    grams = [_count_grams(entry, order) for entry in words]
    most: dict[Gram, _Most] = {}
    for owner, counted in enumerate(grams):
        for gram, count in counted.items():
            most.setdefault(gram, _Most()).see(count, owner)
    least = _EPSILON if order > 1 else 0.0
    return [
        (_count_matches(counted, owner, most) or least) / max(counted.total(), 1)
        for owner, counted in enumerate(grams)
    ]


def _count_matches(counted: Counter[Gram], owner: int, most: Mapping[Gram, _Most]) -> int:
    tops = ((count, most[gram]) for gram, count in counted.items())
    return sum(min(count, top.best_of_others(owner)) for count, top in tops)


def _count_grams(words: Sequence[str], order: int) -> Counter[Gram]:
    return Counter(zip(*(words[start:] for start in range(order)), strict=False))


def _bleu(precisions: Sequence[float], length: int, lengths: Sequence[int]) -> float:
    """BLEU of one text, 0 where it shares no word; `lengths` are those of all texts, sorted."""
    if not precisions[0]:
        return 0.0
    gap = length - _closest_other(length, lengths)
    penalty = min(1.0, exp(gap / length))  # 1 - reference / candidate = gap / length
    return penalty * exp(sum(log(precision) for precision in precisions) / len(precisions))


def _closest_other(length: int, lengths: Sequence[int]) -> int:
    """The closest length of another text, the shorter of two that are equally close."""
    place = bisect_left(lengths, length)
    around = [*lengths[max(place - 1, 0) : place], *lengths[place + 1 : place + 2]]
    return min(around, key=lambda other: (abs(other - length), other))
