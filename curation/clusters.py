"""Clusters of prompts that count as one, grown from pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from curation.words import Indices

Scores: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Items that are similar enough, two by two."""

    first: Indices
    second: Indices
    similarity: Scores


def concatenate(parts: Sequence[Pairs]) -> Pairs:
    """All pairs of the parts, in their order."""
    nobody = np.empty(0, np.int64)
    return Pairs(
        np.concatenate([nobody, *(part.first for part in parts)]),
        np.concatenate([nobody, *(part.second for part in parts)]),
        np.concatenate([np.empty(0), *(part.similarity for part in parts)]),
    )


class Clusters:
    """Union-find over items 0..count-1; an item's root is the lowest item of its cluster."""

    def __init__(self, count: int) -> None:
        self.root: Indices = np.arange(count)

    def join(self, first: Indices, second: Indices) -> None:
        """Merge the clusters of each pair: hook high roots under low ones until nothing moves."""
        while True:
            one, two = self.root[first], self.root[second]
            if np.array_equal(one, two):
                return
            np.minimum.at(self.root, np.maximum(one, two), np.minimum(one, two))
            self._compress()

    def _compress(self) -> None:
        while not np.array_equal(self.root, shorter := self.root[self.root]):
            self.root = shorter
