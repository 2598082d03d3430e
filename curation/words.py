"""Texts as words: one normal form for all steps that compare words."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ids: TypeAlias = NDArray[np.uint64]
Indices: TypeAlias = NDArray[np.int64]

# Scripts that put no space between words: each character counts as a word of its own.
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
# Symbols (+, =, emoji) and # are words, so that C, C++ and C# differ; punctuation is none.
_WORD = rf"[{_UNSPACED}]|[\w&&[^{_UNSPACED}]]+|[^\w\s\p{{P}}\p{{M}}]|#"
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio (Knuth, TAOCP 3, 6.4)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of N texts, end to end."""

    texts: pl.Series
    """One list of words per text."""
    ids: Ids
    """64-bit hash of each word of all texts."""
    starts: Indices
    """N + 1 offsets into `ids`."""

    def ngrams(self, width: int) -> tuple[Ids, Indices]:
        """Hash of the `width` words from each word on, and how many of them are in its text."""
        rest = np.repeat(self.starts[1:], np.diff(self.starts)) - np.arange(len(self.ids))
        hashes = np.zeros(len(self.ids), np.uint64)
        for step in range(width):
            word = np.zeros(len(self.ids), np.uint64)
            word[: max(len(self.ids) - step, 0)] = self.ids[step:]
            word[rest <= step] = 0
            hashes = (hashes ^ word) * _MULTIPLIER
            hashes ^= hashes >> np.uint64(29)
        return hashes, np.minimum(rest, width)


def split_words(texts: Sequence[str]) -> Words:
    """Words in lower case and Unicode's compatibility form (NFKC)."""
    normal = [text if text.isascii() else unicodedata.normalize("NFKC", text) for text in texts]
    words = pl.Series(normal, dtype=pl.String).str.to_lowercase().str.extract_all(_WORD)
    starts = np.concatenate(([0], np.cumsum(words.list.len().to_numpy()))).astype(np.int64)
    ids = words.explode().drop_nulls().hash().to_numpy()
    return Words(words, ids, starts)
