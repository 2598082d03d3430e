"""ROUGE-L of a new text against a pool of texts: the novelty test of Self-Instruct.

ROUGE-L (Lin 2004) of texts of a and b words with a longest common subsequence (LCS) of l words is
the F1 of l / a and l / b, that is 2 l / (a + b). The words that two texts share, counted with their
repetitions, are at least l, so an inverted index bounds the score of every text of the pool at
once, and only the few whose bound beats the best score so far are compared word by word.
"""

import sys
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from generation.diversity.words import split_words

Occurrence: TypeAlias = tuple[str, int]
"""A word and how often it came before: as sets of these, texts intersect with repetitions."""


def rouge_l(one: str, two: str) -> float:
    """ROUGE-L F1 of two texts, 0..1; 0 where either has no words."""
    first, second = split_words(one), split_words(two)
    return _f1(_count_common(_mark_places(first), len(first), second), len(first) + len(second))


class RougePool:
    """The texts that a new one must differ from."""

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        """Above this score a text is too close, however close. Self-Instruct has 0.7 (arXiv
        2212.10560, section 2.3; its code takes a score of exactly 0.7, the paper does not)."""
        self._texts: list[list[str]] = []
        self._lengths = array("i")
        self._holders: dict[Occurrence, array[int]] = defaultdict(lambda: array("i"))

    def add(self, text: str) -> None:
        """Put a text into the pool."""
        words = [sys.intern(word) for word in split_words(text)]
        for occurrence in _number_repeats(words):
            self._holders[occurrence].append(len(self._texts))
        self._texts.append(words)
        self._lengths.append(len(words))

    def nearest(self, text: str) -> float:
        """The largest ROUGE-L of a text against the pool, 0 for an empty pool.

        Exact up to the threshold; above it, the first score found to be above.
        """
        words = split_words(text)
        places, bounds = _mark_places(words), self._bound(words)
        if not bounds.any():
            return 0.0
        best = self._score(places, len(words), int(bounds.argmax()))
        rivals = np.flatnonzero(bounds > best)
        for entry in rivals[np.argsort(-bounds[rivals])].tolist():
            if best > self.threshold or bounds[entry] <= best:
                break
            best = max(best, self._score(places, len(words), entry))
        return best

    def __len__(self) -> int:
        return len(self._texts)

    def _score(self, places: Mapping[str, int], length: int, entry: int) -> float:
        other = self._texts[entry]
        return _f1(_count_common(places, length, other), length + len(other))

    def _bound(self, words: Sequence[str]) -> NDArray[np.float64]:
        """What the score against each text cannot exceed, from the words that both hold.

        At most the shorter one's words are shared, so 2 min(a, b) / (a + b) is in it too.
        """
        lists = [self._holders[o] for o in _number_repeats(words) if o in self._holders]
        if not lists:
            return np.zeros(len(self._texts))
        holders = np.concatenate([np.frombuffer(held, np.int32) for held in lists])
        shared = np.bincount(holders, minlength=len(self._texts))
        return 2 * shared / (np.frombuffer(self._lengths, np.int32) + len(words))


def _number_repeats(words: Iterable[str]) -> Iterator[Occurrence]:
    seen: dict[str, int] = defaultdict(int)
    for word in words:
        yield word, seen[word]
        seen[word] += 1


def _mark_places(words: Sequence[str]) -> dict[str, int]:
    """For each word a bit set of the places where it stands."""
    places: dict[str, int] = defaultdict(int)
    for place, word in enumerate(words):
        places[word] |= 1 << place
    return dict(places)


def _count_common(places: Mapping[str, int], length: int, other: Iterable[str]) -> int:
    """Length of the LCS, one row of the table per word of `other` as bits of one integer.

    Crochemore, Iliopoulos, Pinzon, Reid 2001, "A fast and practical bit-vector algorithm for the
    longest common subsequence problem", in the form of Hyyrö 2004, "Bit-parallel LCS-length
    computation revisited": a zero at a place of the first text is a step of the table's row.
    """
    every = row = (1 << length) - 1
    for places_of_word in map(places.get, other):
        if places_of_word:  # a word that the first text lacks leaves the row as it is
            steps = row & places_of_word
            row = (row + steps) | (row - steps)
    return length - (row & every).bit_count()


def _f1(common: int, lengths: int) -> float:
    return 2 * common / lengths if common else 0.0
