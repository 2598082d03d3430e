"""What an answer has to hold beyond its kind. What a rubric leaves out is the kind's preset."""

from collections.abc import Iterable
from typing import Annotated, Self

from pydantic import FailFast, Field, model_validator

from ingot.records import Model
from services.review.kinds.texts import Int, Text, Truth, Word

Words = Annotated[tuple[Word, ...], FailFast(), Field(max_length=30)]


class Criterion(Model):
    """One scale on which something is scored."""

    name: Word
    about: Text = ""
    """What it asks."""
    low: Int = Field(default=0, ge=-10, le=10)
    high: Int = Field(default=4, ge=-10, le=10)
    anchors: tuple[Text, ...] = Field(default=(), max_length=21)
    """What each score means, the lowest first; one for each score or none."""

    @model_validator(mode="after")
    def _has_scores(self) -> Self:
        if self.high <= self.low:
            raise ValueError(f"criterion {self.name!r}: high must be above low")
        scores = self.high - self.low + 1
        if self.anchors and len(self.anchors) != scores:
            raise ValueError(f"criterion {self.name!r}: give {scores} anchors or none")
        return self


class Rubric(Model):
    """What is asked of an answer, and what it may say."""

    criteria: tuple[Criterion, ...] = Field(default=(), max_length=20)
    """Attributes: all; rating: one; turns: the first for each turn, the last for the whole."""
    reasons: Words = ()
    """What a reviewer may tick as the reason."""
    flags: Words = ()
    """What a reviewer may say is wrong with the task itself."""
    steps: Int = Field(default=3, ge=1, le=3)
    """Pairwise: how strong a preference can be."""
    tie: Truth = True
    """Pairwise and ranking: whether two may be equally good."""
    reasons_from: Int = Field(default=0, ge=0, le=3)
    """Pairwise: from what strength of preference a reason must be ticked; 0: never."""
    reason_chars: Int = Field(default=10, ge=0, le=2_000)
    """Accept: fewest characters of the reason of a rejection."""
    min_chars: Int = Field(default=1, ge=1, le=100_000)
    """Rewrite and write: fewest characters of the text."""
    max_chars: Int = Field(default=100_000, ge=1, le=100_000)
    must_change: Truth = True
    """Rewrite: whether the text must differ from the original."""

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.min_chars > self.max_chars:
            raise ValueError("min_chars is above max_chars")
        for name in ("reasons", "flags"):
            _require_unique(name, getattr(self, name))
        _require_unique("criteria", (criterion.name for criterion in self.criteria))
        return self

    def filled(self, preset: "Rubric") -> "Rubric":
        """This rubric with the preset's criteria, reasons and flags where it names none."""
        names = ("criteria", "reasons", "flags")
        missing = {name: getattr(preset, name) for name in names if not getattr(self, name)}
        return self.model_copy(update=missing) if missing else self


FLAGS = ("unsafe", "private", "broken", "bad_prompt")


def _require_unique(name: str, words: Iterable[str]) -> None:
    known = list(words)
    twice = next((word for word in known if known.count(word) > 1), None)
    if twice is not None:
        raise ValueError(f"{name} names {twice!r} twice: name it once")
