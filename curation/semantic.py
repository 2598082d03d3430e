"""Semantic duplicates: different prompts that a sentence encoder puts in one place."""

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from curation.clusters import Pairs, concatenate
from curation.decisions import Decisions, Prompted, Reason
from curation.prompts import find_rivals, gather_prompts, keep_first, label_by_figures
from curation.words import Indices

BLOCK = 2048
"""Rows and columns of cosines held at once: 16 MB."""

Embeddings: TypeAlias = NDArray[np.float32]


class Encoder(Protocol):
    """Places texts in a space where closeness is likeness of meaning."""

    def encode(self, texts: list[str]) -> Embeddings:
        """One row of unit length per text."""
        ...


def find_semantic_duplicates(
    records: Sequence[Prompted], similarity: float, encoder: Encoder
) -> Decisions:
    """Keep the first prompt of each cluster of cosine `similarity` or more.

    Prompts whose figures differ are never duplicates (`curation.figures`); a prompt whose figures
    nobody shares is not even encoded.
    """
    prompts = gather_prompts(records)
    labels = label_by_figures(prompts, records)
    rivals = find_rivals(labels)
    rivals = rivals[np.argsort(labels[rivals], kind="stable")]
    if not len(rivals):
        return [None] * len(records)
    embeddings = encoder.encode([prompts[i].text for i in rivals])
    pairs = concatenate(list(_compare(rivals, labels[rivals], embeddings, similarity)))
    return keep_first(prompts, pairs, Reason.SEMANTIC_DUPLICATE, "cosine", len(records))


def _compare(
    rivals: Indices, labels: Indices, embeddings: Embeddings, similarity: float
) -> Iterator[Pairs]:
    """Walk the upper triangle of every label's cosines, block by block."""
    bounds = np.flatnonzero(np.diff(labels, prepend=-1, append=-1))
    for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        for top in range(start, end, BLOCK):
            for left in range(top, end, BLOCK):
                rows = slice(top, min(top + BLOCK, end))
                columns = slice(left, min(left + BLOCK, end))
                yield _compare_block(rivals, embeddings, rows, columns, similarity)


def _compare_block(
    rivals: Indices, embeddings: Embeddings, rows: slice, columns: slice, similarity: float
) -> Pairs:
    cosines = embeddings[rows] @ embeddings[columns].T
    row, column = np.nonzero(cosines >= similarity)
    values = cosines[row, column].astype(np.float64)
    row, column = row + rows.start, column + columns.start
    above = row < column
    return Pairs(rivals[row[above]], rivals[column[above]], values[above])
