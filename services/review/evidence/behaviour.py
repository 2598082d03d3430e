"""Evidence in how a text came onto the page.

On phones and with input methods whole words come without a key, so there only pastes are looked at.
What was pasted from the task or from the writer's own text is no evidence: people quote and move.
"""

from collections.abc import Iterator
from statistics import fmean

from services.review.evidence.found import Evidence, Limits
from services.review.evidence.writing import Writing

MIN_CHARS = 120
"""Shorter texts show nothing."""
OUTSIDE = Limits(note=0.3, review=0.7)
"""Share pasted or dropped from elsewhere. Never a suspicion: people draft in their own editor."""
SILENT = Limits(note=0.3, review=0.7)
"""Share that came without a key. Never a suspicion: dictation does that, and spelling helpers."""
FAST = Limits(note=12.0, review=20.0)
"""Characters a second over long bursts: 12 is a professional; few people ever reach 20."""
FAST_BURST_CHARS = 40
RETYPED_CHARS = 400
"""As much typing as it takes before its rhythm says something."""
LONG_BURST_CHARS = 250.0
"""Mean typing between two pauses: composing, people stop every dozen words."""
FEW_EDITS = 0.005
"""Edits for each typed character: while composing, people take back several in a hundred."""


def find(writing: Writing) -> Iterator[Evidence]:
    """What the counts of one answer show; nothing of text that came before counting began."""
    if writing.inserted < MIN_CHARS:
        return
    outside = writing.pasted_from("outside") + writing.dropped
    yield from _share("pasted_outside", OUTSIDE, outside, writing.inserted)
    if not (writing.mobile or writing.ime):
        yield from _share("silent_insertion", SILENT, writing.silent, writing.inserted)
        yield from _fast(writing)
        yield from _retyped(writing)


def _share(rule: str, limits: Limits, chars: int, inserted: int) -> Iterator[Evidence]:
    severity = limits.grade(chars / inserted)
    if severity and chars >= MIN_CHARS:
        yield Evidence(rule, severity, {"chars": chars, "share": round(chars / inserted, 3)})


def _fast(writing: Writing) -> Iterator[Evidence]:
    long = [burst for burst in writing.bursts if burst.chars >= FAST_BURST_CHARS]
    chars, ms = sum(burst.chars for burst in long), sum(burst.ms for burst in long)
    speed = 1000 * chars / max(ms, 1)
    severity = FAST.grade(speed)
    if severity and chars >= MIN_CHARS:
        yield Evidence("typing_speed", severity, {"chars": chars, "chars_per_s": round(speed, 1)})


def _retyped(writing: Writing) -> Iterator[Evidence]:
    """Long bursts, hardly an edit: as when a text is copied by hand from another window."""
    if writing.typed < RETYPED_CHARS or not writing.bursts:
        return
    burst = fmean(burst.chars for burst in writing.bursts)
    edits = writing.edits / writing.typed
    signs = (burst >= LONG_BURST_CHARS) + (edits < FEW_EDITS)
    if signs:
        measured = {"chars_per_burst": round(burst), "edits_per_char": round(edits, 4)}
        yield Evidence("retyped", "review" if signs == 2 else "note", measured)
