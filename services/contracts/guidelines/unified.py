"""What changed from one text to another as a unified diff, which `patch` applies, in bounded time.

What differs too much to be aligned in time is given as taken out and put in between what both texts
begin and end with. Lines end with a line feed and with nothing else, as `patch` has it.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.review.kinds.alignment import Effort, Match, align

_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_COMPARISONS = 400_000
"""About a tenth of a second."""
_CONTEXT = 3
_NO_NEWLINE = "\n\\ No newline at end of file\n"


@dataclass(frozen=True, slots=True)
class Unified:
    """A unified diff."""

    text: str
    """'' where the texts are the same."""
    added: int
    """Lines; so is `removed`."""
    removed: int


@dataclass(frozen=True, slots=True)
class _Gap:
    """Lines [old, old_end) became lines [new, new_end)."""

    old: int
    old_end: int
    new: int
    new_end: int


def unified(before: str, after: str, *, before_name: str, after_name: str) -> Unified:
    """The diff from one text to another, with three lines around each change."""
    old, new = _LINES.findall(before), _LINES.findall(after)
    gaps = list(_gaps(old, new))
    if not gaps:
        return Unified("", 0, 0)
    hunks = "".join(_hunk(old, new, near) for near in _near(gaps))
    return Unified(
        f"--- {before_name}\n+++ {after_name}\n{hunks}",
        added=sum(gap.new_end - gap.new for gap in gaps),
        removed=sum(gap.old_end - gap.old for gap in gaps),
    )


def _gaps(old: Sequence[str], new: Sequence[str]) -> Iterator[_Gap]:
    x = y = 0
    for match in (*_matches(old, new), Match(len(old), len(new), 0)):
        if (x, y) != (match.old, match.new):
            yield _Gap(x, match.old, y, match.new)
        x, y = match.old + match.length, match.new + match.length


def _matches(old: Sequence[str], new: Sequence[str]) -> list[Match]:
    head = _shared(old, new)
    tail = _shared(old[head:][::-1], new[head:][::-1])
    ends = len(old) - tail, len(new) - tail
    inner = align(old[head : ends[0]], new[head : ends[1]], Effort(_COMPARISONS)) or []
    moved = (Match(head + x, head + y, length) for x, y, length in inner)
    return [match for match in (Match(0, 0, head), *moved, Match(*ends, tail)) if match.length]


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    """How many lines both begin with."""
    pairs = zip(old, new, strict=False)
    return next((n for n, (was, now) in enumerate(pairs) if was != now), min(len(old), len(new)))


def _near(gaps: Sequence[_Gap]) -> Iterator[list[_Gap]]:
    """Gaps whose surroundings touch share a hunk."""
    near = [gaps[0]]
    for gap in gaps[1:]:
        if gap.old - near[-1].old_end > 2 * _CONTEXT:
            yield near
            near = []
        near.append(gap)
    yield near


def _hunk(old: Sequence[str], new: Sequence[str], gaps: Sequence[_Gap]) -> str:
    above = min(_CONTEXT, gaps[0].old)
    below = min(_CONTEXT, len(old) - gaps[-1].old_end)
    lines, x = [], gaps[0].old - above
    for gap in gaps:
        lines += [_line(" ", line) for line in old[x : gap.old]]
        lines += [_line("-", line) for line in old[gap.old : gap.old_end]]
        lines += [_line("+", line) for line in new[gap.new : gap.new_end]]
        x = gap.old_end
    lines += [_line(" ", line) for line in old[x : x + below]]
    was = _span(gaps[0].old - above, gaps[-1].old_end + below)
    now = _span(gaps[0].new - above, gaps[-1].new_end + below)
    return f"@@ -{was} +{now} @@\n{''.join(lines)}"


def _span(start: int, end: int) -> str:
    """As POSIX has it: an empty span names the line before it."""
    return f"{start + 1},{end - start}" if end > start else f"{start},0"


def _line(mark: str, line: str) -> str:
    return f"{mark}{line}" if line.endswith("\n") else f"{mark}{line}{_NO_NEWLINE}"
