"""Embeddings laid flat for a picture."""

from dataclasses import dataclass

import numpy as np

from generation.diversity.embeddings import Embeddings


@dataclass(frozen=True, slots=True)
class Plane:
    """Two coordinates for each text."""

    places: list[tuple[float, float]]
    explained: float
    """Share of the variance that the two directions hold, 0..1; the rest is not in the picture."""


def lay_flat(embeddings: Embeddings) -> Plane:
    """Project onto the first two principal components.

    Each direction's sign is set so that its largest weight is positive, so that a picture does not
    flip from one run to the next.
    """
    if not len(embeddings):
        return Plane([], 0.0)
    centred = embeddings.astype(np.float64) - embeddings.mean(axis=0, dtype=np.float64)
    variances, directions = np.linalg.eigh(centred.T @ centred)
    first = directions[:, [-1, -2]]
    largest = first[np.abs(first).argmax(axis=0), [0, 1]]
    places = centred @ (first * np.where(largest < 0, -1.0, 1.0))
    total = float(variances.sum())
    explained = float(variances[-2:].sum()) / total if total > 0 else 0.0
    return Plane([(x, y) for x, y in places.tolist()], explained)
