"""What changed between two texts, word by word, in bounded time.

Lines are compared first, then the words of what is left. What differs too much for that is given as
taken out and put in as a whole, which is also how a person would read it.

It serves REST and the pages without script; the review app, which compares while one types, has
`page/difference.js`.
"""

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from services.review.kinds.alignment import Effort, Match, align

_WORDS = re.compile(r"\s*\w+|\s*[^\w\s]|\s+")
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_COMPARISONS = 400_000
"""About a tenth of a second."""


class Change(NamedTuple):
    """A stretch of text. `same` and `gone` make the text before, `same` and `new` the one after."""

    kind: Literal["same", "gone", "new"]
    text: str


def difference(before: str, after: str) -> list[Change]:
    """The changes in reading order; neighbours are of different kinds."""
    return _joined(_compared(before, after, (_LINES, _WORDS), Effort(_COMPARISONS)))


def _compared(
    before: str, after: str, splits: tuple[re.Pattern[str], ...], effort: Effort
) -> Iterator[Change]:
    if before == after:
        yield Change("same", before)
    elif not splits or not before or not after:
        yield Change("gone", before)
        yield Change("new", after)
    else:
        old, new = splits[0].findall(before), splits[0].findall(after)
        yield from _by_parts(old, new, splits[1:], effort)


def _by_parts(
    old: list[str], new: list[str], finer: tuple[re.Pattern[str], ...], effort: Effort
) -> Iterator[Change]:
    x = y = 0
    for match in _matches(old, new, effort):
        yield from _compared(
            "".join(old[x : match.old]), "".join(new[y : match.new]), finer, effort
        )
        x, y = match.old + match.length, match.new + match.length
        yield Change("same", "".join(old[match.old : x]))
    yield from _compared("".join(old[x:]), "".join(new[y:]), finer, effort)


def _matches(old: list[str], new: list[str], effort: Effort) -> list[Match]:
    """Where nothing better is found in time: what both begin and end with."""
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    ends = len(old) - tail, len(new) - tail
    inner = align(old[head : ends[0]], new[head : ends[1]], effort) or []
    moved = [Match(head + x, head + y, length) for x, y, length in inner]
    return [Match(0, 0, head), *moved, Match(*ends, tail)]


def _shared(old: list[str], new: list[str]) -> int:
    """How many parts both begin with."""
    pairs = zip(old, new, strict=False)
    return next((n for n, (was, now) in enumerate(pairs) if was != now), min(len(old), len(new)))


def _joined(changes: Iterator[Change]) -> list[Change]:
    """Neighbours of one kind become one; what was taken out stands before what was put in."""
    joined: list[Change] = []
    for change in changes:
        if not change.text:
            continue
        if joined and joined[-1].kind == change.kind:
            joined[-1] = Change(change.kind, joined[-1].text + change.text)
        else:
            joined.append(change)
    return joined
