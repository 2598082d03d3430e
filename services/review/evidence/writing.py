"""How a text came onto the page: counts that the page sends with an answer, never keystrokes.

They are made on the writer's machine and can be forged.
"""

from typing import Annotated, Literal

from pydantic import Field

from ingot.records import Model

Count = Annotated[int, Field(ge=0, le=10_000_000)]


class Pasted(Model):
    """One paste."""

    chars: Count
    source: Literal["task", "self", "outside"]
    """Copied from the task on this page, from the writer's own text, or from elsewhere."""


class Burst(Model):
    """Typing between two pauses."""

    ms: Count
    chars: Count


class Writing(Model):
    """How the texts of one answer came about."""

    chars: Count = 0
    """Characters of the texts as sent."""
    typed: Count = 0
    """Characters that came one by one with a key."""
    pasted: tuple[Pasted, ...] = Field(default=(), max_length=200)
    dropped: Count = 0
    """Characters dragged into the text."""
    silent: Count = 0
    """Characters that came without a key, a paste or a drop."""
    bursts: tuple[Burst, ...] = Field(default=(), max_length=200)
    edits: Count = 0
    """Deletions and replacements of what stood there."""
    first_key_ms: Count = 0
    """From the first sight of the task to the first key."""
    mobile: bool = False
    ime: bool = False
    """Whether an input method composed characters, as for Chinese."""

    def pasted_from(self, source: str) -> int:
        """Characters pasted from one source."""
        return sum(paste.chars for paste in self.pasted if paste.source == source)

    @property
    def inserted(self) -> int:
        """Characters that came in by any way, whether they are still there or not."""
        pastes = sum(paste.chars for paste in self.pasted)
        return self.typed + pastes + self.dropped + self.silent
