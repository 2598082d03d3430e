"""Which parts of two sequences are the same: the shortest edit script, while it is short.

E. Myers, An O(ND) difference algorithm and its variations, 1986, section 2. Time grows with length
and difference, so sequences that are alike are cheap however long, and what differs throughout uses
up its effort and is given up, which is no loss to a reader.
"""

from collections.abc import Sequence
from typing import NamedTuple


class Match(NamedTuple):
    """So many parts from here on are the same in both."""

    old: int
    new: int
    length: int


class Effort:
    """How many comparisons are still made, over all alignments that share it."""

    def __init__(self, comparisons: int) -> None:
        self.left = comparisons


def align(old: Sequence[str], new: Sequence[str], effort: Effort) -> list[Match] | None:
    """The matches in ascending order; None where the effort is used up before the end."""
    reach, trail = {1: 0}, []
    for edits in range(len(old) + len(new) + 1):
        trail.append(dict(reach))
        for diagonal in range(-edits, edits + 1, 2):
            start = _start(reach, diagonal, edits)
            end = _slide(old, new, start, start - diagonal)
            reach[diagonal] = end
            effort.left -= end - start + 1
            if end >= len(old) and end - diagonal >= len(new):
                return _walk_back(trail, diagonal, end)
            if effort.left < 0:
                return None
    raise AssertionError("as many edits as parts always suffice")


def _came_by_insertion(reach: dict[int, int], diagonal: int, edits: int) -> bool:
    if diagonal in (-edits, edits):
        return diagonal == -edits
    return reach[diagonal - 1] < reach[diagonal + 1]


def _start(reach: dict[int, int], diagonal: int, edits: int) -> int:
    inserted = _came_by_insertion(reach, diagonal, edits)
    return reach[diagonal + 1] if inserted else reach[diagonal - 1] + 1


def _slide(old: Sequence[str], new: Sequence[str], x: int, y: int) -> int:
    while x < len(old) and y < len(new) and old[x] == new[y]:
        x, y = x + 1, y + 1
    return x


def _walk_back(trail: list[dict[int, int]], diagonal: int, end: int) -> list[Match]:
    matches = []
    for edits in reversed(range(len(trail))):
        reach = trail[edits]
        start = _start(reach, diagonal, edits)
        if end > start:
            matches.append(Match(start, start - diagonal, end - start))
        inserted = _came_by_insertion(reach, diagonal, edits)
        diagonal += 1 if inserted else -1
        end = start if inserted else start - 1
    return matches[::-1]
