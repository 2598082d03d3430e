"""Where a growing set of texts is thick and where it is thin, and seeds chosen for the thin."""

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from generation.diversity.embeddings import Cells, Embeddings
from generation.diversity.kmeans import find_centres, nearest_centre

SMOOTHING = 0.1
"""Added to every count, in counts of an average cell, and never less than one text: an empty cell
weighs at most 11 times as much as an average one, so that a region which the model cannot reach
does not take the whole budget."""


class CoverageMap:
    """Cells of the space of meanings, and how many texts fell into each."""

    def __init__(self, centres: Embeddings, counts: Sequence[int] = ()) -> None:
        self._centres = np.asarray(centres, np.float32)
        self._counts = np.zeros(len(centres), np.int64)
        if len(counts):
            self._counts += np.asarray(counts, np.int64)

    @classmethod
    def fit(cls, embeddings: Embeddings, cells: int, seed: int) -> Self:
        """Lay the cells over a first sample, which is not counted.

        Fewer cells result where the sample has fewer different texts.

        Raises:
            ValueError: The sample is empty.
        """
        if not len(embeddings):
            raise ValueError("no embeddings to lay cells over: give a first sample of texts")
        return cls(find_centres(embeddings, cells, seed))

    @property
    def counts(self) -> list[int]:
        """Texts in each cell."""
        counts: list[int] = self._counts.tolist()
        return counts

    def add(self, embeddings: Embeddings) -> None:
        """Count new texts."""
        self._counts += np.bincount(self.locate(embeddings), minlength=len(self._counts))

    def locate(self, embeddings: Embeddings) -> Cells:
        """The cell of each text."""
        return nearest_centre(embeddings, self._centres)

    def thinness(self) -> NDArray[np.float64]:
        """A weight for each cell, inverse to its smoothed count; the weights sum to 1."""
        weights = 1 / (self._counts + max(1.0, SMOOTHING * self._counts.mean()))
        thin: NDArray[np.float64] = weights / weights.sum()
        return thin

    def choose(self, rng: Random, candidates: Embeddings) -> int:
        """Index of a candidate seed that lies, more likely than not, where texts are thin.

        Raises:
            ValueError: There are no candidates.
        """
        return self.choose_among(rng, self.locate(candidates))

    def choose_among(self, rng: Random, cells: Cells) -> int:
        """`choose` for candidates whose cells are known: draw a cell by thinness, then one in it.

        Cell first, because candidates crowd where texts crowd: drawn one by one they would bring
        the crowd back. Where each text falls near its seed, all cells fill evenly.

        Raises:
            ValueError: There are no candidates.
        """
        if not len(cells):
            raise ValueError("no candidates to choose from: give at least one embedding")
        present = np.unique(cells)
        (cell,) = rng.choices(present.tolist(), weights=self.thinness()[present].tolist())
        return int(rng.choice(np.flatnonzero(cells == cell).tolist()))

    def snapshot(self) -> dict[str, Any]:
        """The whole map as JSON, exactly: the same choices follow from the same `rng`."""
        return {"centres": self._centres.tolist(), "counts": self.counts}

    @classmethod
    def from_snapshot(cls, snapshot: Mapping[str, Any]) -> Self:
        """The map that a snapshot was taken of."""
        return cls(np.asarray(snapshot["centres"], np.float32), snapshot["counts"])
