"""How varied a set of texts is, in a few numbers.

Words see wording (`distinct_n`, `self_bleu`), embeddings see meaning (`vendi_score`,
`cluster_entropy`). None of them knows whether a text is any good.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
from numpy.typing import NDArray

from generation.diversity.embeddings import BLOCK_ROWS, Embeddings
from generation.diversity.self_bleu import self_bleu
from generation.diversity.words import split_words

SELF_BLEU_SAMPLE = 500
"""Texts that self-BLEU is taken of, as in its authors' Texygen (`utils/metrics/SelfBleu.py`).
It grows with this number, so that only values from equal numbers compare."""


@dataclass(frozen=True, slots=True)
class Diversity:
    """The figures of one set of texts; None where the input for one was not given."""

    texts: int
    distinct_1: float
    distinct_2: float
    self_bleu: float
    vendi: float | None
    cluster_entropy: float | None


def measure(
    texts: Sequence[str],
    embeddings: Embeddings | None = None,
    *,
    counts: Sequence[int] | None = None,
    rng: Random,
) -> Diversity:
    """All measures of a set of texts.

    Args:
        texts: The set.
        embeddings: For the Vendi score; of the same texts, or of any sample of them.
        counts: Texts in each cell of a coverage map, for the entropy.
        rng: Draws the sample of self-BLEU; the other measures are exact.
    """
    return Diversity(
        texts=len(texts),
        distinct_1=distinct_n(texts, 1),
        distinct_2=distinct_n(texts, 2),
        self_bleu=self_bleu(texts, SELF_BLEU_SAMPLE, rng),
        vendi=None if embeddings is None else vendi_score(embeddings),
        cluster_entropy=None if counts is None else cluster_entropy(counts),
    )


def distinct_n(texts: Sequence[str], n: int) -> float:
    """Different n-grams of words over all n-grams of the whole set: 1 where none is repeated.

    Li et al. 2016 (arXiv 1510.03055) divide by the number of words; dividing by the number of
    n-grams, as most do, makes 1 reachable. It falls as a set grows: compare sets of equal size.
    No n-grams give 0.
    """
    numbers: dict[str, int] = {}
    split = [[numbers.setdefault(w, len(numbers)) for w in split_words(text)] for text in texts]
    words = np.fromiter((number for text in split for number in text), np.int64)
    ends = np.cumsum([len(text) for text in split], dtype=np.int64)
    rest = np.repeat(ends, [len(text) for text in split]) - np.arange(len(words))
    grams = words
    for step in range(1, n):
        # The different (n-1)-grams numbered densely, so that no key outgrows 64 bits.
        grams = np.unique(grams[: len(words) - step], return_inverse=True)[1]
        grams = grams * len(numbers) + words[step:]
    grams = grams[rest[: len(grams)] >= n]
    return len(np.unique(grams)) / len(grams) if len(grams) else 0.0


def vendi_score(embeddings: Embeddings) -> float:
    """The effective number of different texts: 1 if all are alike, n if all are orthogonal.

    The exponential of the entropy of the eigenvalues of K / n, K holding all cosines (Friedman &
    Dieng 2022, arXiv 2210.02410). X Xᵀ / n and Xᵀ X / n share theirs, so the d x d one serves
    however many texts there are; nothing exceeds d.

    Raises:
        ValueError: Rows are not of unit length.
    """
    count, width = embeddings.shape
    if not count:
        return 0.0
    moments = np.zeros((width, width))
    for start in range(0, count, BLOCK_ROWS):
        rows = embeddings[start : start + BLOCK_ROWS].astype(np.float64)
        moments += rows.T @ rows
    total = float(np.trace(moments)) / count
    if not np.isclose(total, 1, atol=1e-3):
        raise ValueError(f"mean squared length of the embeddings is {total:.4g}: divide by norms")
    return float(np.exp(_entropy(np.linalg.eigvalsh(moments / count))))


def cluster_entropy(counts: Sequence[int]) -> float:
    """Entropy of the texts' cells over its largest value: 1 if even, 0 if one cell holds all."""
    held = np.asarray(counts, np.float64)
    if len(held) < 2 or not held.any():
        return 0.0
    return _entropy(held / held.sum()) / float(np.log(len(held)))


def _entropy(shares: NDArray[np.float64]) -> float:
    positive = shares[shares > 0]
    return float(-(positive * np.log(positive)).sum())
