"""Chance that can be repeated: every random choice of this stage follows from a seed and ids.

A draw depends on nothing but its own name, so it is the same in every run, in any order, and for
an item whatever items stand beside it.
"""

import hashlib
from collections.abc import Iterable


def draw_integer(*name: object) -> int:
    """A uniform integer below 2**63 that belongs to the name."""
    digest = hashlib.sha256("\x1f".join(map(str, name)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def draw_uniform(*name: object) -> float:
    """A uniform number in [0, 1) that belongs to the name."""
    return (draw_integer(*name) >> 10) / 2**53


def draw_sample(ids: Iterable[str], size: int, seed: int) -> list[str]:
    """A simple random sample without replacement, such as the items that people label first.

    Whoever draws twice from growing ids keeps most of the first sample.
    """
    return sorted(ids, key=lambda item: draw_integer("sample", seed, item))[:size]


def in_audit(item: str, share: float, seed: int) -> bool:
    """Whether an auto-accepted item goes to people all the same."""
    return draw_uniform("audit", seed, item) < share
