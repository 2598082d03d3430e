"""Spherical k-means: unit vectors grouped by cosine (Dhillon & Modha 2001)."""

import numpy as np

from generation.diversity.embeddings import BLOCK_ROWS, Cells, Embeddings

ROUNDS = 50
"""Where moving texts to the nearest centre does not come to rest, it ends here."""
_SAME = 1e-6
"""Rows nearer than this to a centre are the centre: float32 tells no more."""


def find_centres(rows: Embeddings, count: int, seed: int) -> Embeddings:
    """At most `count` centres of unit length; fewer where there are fewer different rows."""
    rng = np.random.default_rng(seed)
    centres = _spread(rows, count, rng)
    cells = nearest_centre(rows, centres)
    for _ in range(ROUNDS):
        centres = _recentre(rows, cells, centres)
        moved = nearest_centre(rows, centres)
        if np.array_equal(moved, cells):
            break
        cells = moved
    return centres


def nearest_centre(rows: Embeddings, centres: Embeddings) -> Cells:
    """For each row the index of the centre with the largest cosine, the lowest of equals."""
    blocks = [rows[start : start + BLOCK_ROWS] for start in range(0, len(rows), BLOCK_ROWS)]
    nearest = [(block @ centres.T).argmax(axis=1) for block in blocks]
    return np.concatenate(nearest) if nearest else np.empty(0, np.int64)


def _spread(rows: Embeddings, count: int, rng: np.random.Generator) -> Embeddings:
    """First centres by k-means++ (Arthur & Vassilvitskii 2007): far rows are likely."""
    chosen = [int(rng.integers(len(rows)))]
    distance = np.full(len(rows), np.inf)
    while len(chosen) < count:
        distance = np.minimum(distance, 1.0 - rows @ rows[chosen[-1]])
        distance[distance < _SAME] = 0.0
        if not distance.any():
            break
        chosen.append(int(rng.choice(len(rows), p=distance / distance.sum())))
    return rows[chosen]


def _recentre(rows: Embeddings, cells: Cells, centres: Embeddings) -> Embeddings:
    """The direction of each cell's sum; a cell without one stays where it is."""
    order = np.argsort(cells, kind="stable")
    filled, starts = np.unique(cells[order], return_index=True)
    sums = np.add.reduceat(rows[order], starts, axis=0, dtype=np.float64)
    norms = np.linalg.norm(sums, axis=1, keepdims=True)
    moved = centres.copy()
    moved[filled] = np.where(norms > _SAME, sums / np.maximum(norms, _SAME), moved[filled])
    return moved
