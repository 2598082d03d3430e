"""Nearly the same: MinHash over the words of a prompt, and sides of random planes of its embedding.

MinHash with bands: Broder, "On the resemblance and containment of documents" (1997), and Leskovec,
Rajaraman, Ullman, "Mining of Massive Datasets", chapter 3. With 96 permutations in 16 bands of 6,
two prompts whose shingles have Jaccard similarity s share a band with probability
1 - (1 - s^6)^16: .992 at .8, .22 at .5. What shares a band is compared by all 96.
Random planes: Charikar, "Similarity estimation techniques from rounding algorithms" (2002). With 12
tables of 10 planes, two embeddings at cosine .97 (14 degrees) share a bucket with probability
1 - (1 - (1 - 14/180)^10)^12: .999. What shares one is compared by its cosine.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

PERMUTATIONS, BANDS, SHINGLE_WORDS = 96, 16, 3
TABLES, PLANES = 12, 10
_PRIME = (1 << 31) - 1
_WORD = re.compile(r"\w+")
_SEED = 20_241_101
_draw = np.random.default_rng(_SEED)
_A = _draw.integers(1, _PRIME, PERMUTATIONS, dtype=np.uint64)
_B = _draw.integers(0, _PRIME, PERMUTATIONS, dtype=np.uint64)

Signature = NDArray[np.uint32]
Vector = NDArray[np.floating[Any]]


def words(text: str) -> list[str]:
    """The words of a text, without case, accents written in one way, and marks."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def signature(text: str) -> Signature:
    """The MinHash of a text's shingles of three words: 96 numbers."""
    found = words(text)
    count = max(len(found) - SHINGLE_WORDS + 1, 1)
    shingles = {" ".join(found[at : at + SHINGLE_WORDS]) for at in range(count)}
    hashes = np.array([_hash(shingle) for shingle in shingles], dtype=np.uint64)
    mixed = (hashes[:, None] * _A + _B) % _PRIME
    smallest: Signature = mixed.min(axis=0).astype(np.uint32)
    return smallest


def bands(signed: Signature) -> list[int]:
    """One number for each band: equal where all rows of that band are."""
    rows = signed.reshape(BANDS, -1)
    return [_hash(f"{n} {row.tobytes().hex()}") - (1 << 31) for n, row in enumerate(rows)]


def similarity(one: Signature, other: Signature) -> float:
    """Estimated Jaccard similarity; standard error at most .051."""
    return float((one == other).mean())


def buckets(vector: Vector) -> list[int]:
    """One number for each table: equal where the vector lies on the same sides of all planes."""
    sides = (_planes(len(vector)) @ np.asarray(vector, dtype=np.float32)) > 0
    places = sides.reshape(TABLES, PLANES) @ (1 << np.arange(PLANES))
    return [int(place) + (table << PLANES) for table, place in enumerate(places)]


def cosine(one: Vector, other: Vector) -> float:
    """Cosine of the angle between two embeddings; 0 where one of them is nothing."""
    a, b = np.asarray(one, dtype=np.float32), np.asarray(other, dtype=np.float32)
    length = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / length if length else 0.0


_planes_of: dict[int, NDArray[np.float32]] = {}


def _planes(dimensions: int) -> NDArray[np.float32]:
    if dimensions not in _planes_of:
        draw = np.random.default_rng(_SEED + dimensions)
        drawn = draw.standard_normal((TABLES * PLANES, dimensions), dtype=np.float32)
        _planes_of[dimensions] = drawn
    return _planes_of[dimensions]


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest())


def decode(signed: bytes) -> Signature:
    """A signature as it is kept."""
    return np.frombuffer(signed, dtype=np.uint32)


def decode_vector(kept: bytes) -> NDArray[np.float16]:
    """An embedding as it is kept."""
    return np.frombuffer(kept, dtype=np.float16)


def encode_vector(vector: Sequence[float] | Vector) -> bytes:
    """An embedding to be kept: 2 bytes a number."""
    return np.asarray(vector, dtype=np.float16).tobytes()
