"""What all judges share: their shape, and what a judge of single answers looks at."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from ingot.records import Judgment, Message, Provenance

Item_contra = TypeVar("Item_contra", contravariant=True)

Progress = Callable[[int, int], None]
"""Called with the number of requests done and the number of all."""


class Judge(Protocol[Item_contra]):
    """Whoever judges items: pairs, answers, lists or trajectories."""

    @property
    def name(self) -> str:
        """The judge in all records: another model, prompt or number of samples is another judge."""
        ...

    async def judge(
        self, items: Sequence[Item_contra], on_progress: Progress | None = None, /
    ) -> list[Judgment]:
        """Judgments of all items, in the items' order; each item has one for each criterion.

        What fails with one item is its judgment ('' and the cause); raises ModelError only where
        the engine itself is gone.
        """
        ...


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer to one request."""

    id: str
    prompt: tuple[Message, ...]
    answer: tuple[Message, ...]
    reference: str = ""
    """An answer that is known to be right, '' where none is."""
    provenance: Provenance = field(default_factory=Provenance)
