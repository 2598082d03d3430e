"""A jury: several judges of the same items become one verdict with one probability (`pool`).

A panel of smaller judges of different families
does better than one large judge, and has less taste for its own kin (PoLL, arXiv 2404.18796);
jurors of the family that wrote an answer can be left out of judging it.

A juror that fails, on one item or as a whole, is left out there and named; it voids nobody else.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from ingot.errors import IngotError
from ingot.records import JudgeKind, Judgment, Provenance
from judging.judges.base import Judge, Progress
from judging.judges.pool import Vote, describe, reach_verdict


class Named(Protocol):
    """An item that judgments name by its id."""

    @property
    def id(self) -> str:
        """Its id."""
        ...


T = TypeVar("T", bound=Named)


@dataclass(frozen=True, slots=True)
class Juror(Generic[T]):
    """A judge and what its word counts."""

    judge: Judge[T]
    weight: float = 1.0
    """Above 0; from its accuracy on labelled items, or equal for all."""
    family: str = ""
    """Of its model, such as 'llama'; '' where it is kin to nobody."""


class Jury(Generic[T]):
    """Judges items by several judges."""

    def __init__(
        self, jurors: Sequence[Juror[T]], *, family_of: Callable[[T], str] | None = None
    ) -> None:
        """`family_of` tells the family that wrote an item's answers ('' unknown).

        Jurors of it are not asked about this item.
        """
        if not jurors or any(juror.weight <= 0 for juror in jurors):
            raise ValueError("a jury needs jurors, each with a weight above 0")
        self.jurors, self.family_of = jurors, family_of

    @property
    def name(self) -> str:
        """The jury in all records; another juror or weight is another jury."""
        parts = [(j.judge.name, j.weight, j.family, bool(self.family_of)) for j in self.jurors]
        return f"jury-{hashlib.sha256(repr(parts).encode()).hexdigest()[:12]}x{len(parts)}"

    async def judge(
        self, items: Sequence[T], on_progress: Progress | None = None
    ) -> list[Judgment]:
        """The jury's judgment of each item and criterion, in the items' order.

        Progress counts the items that a juror is done with.
        """
        votes: dict[str, dict[str, list[Vote]]] = {item.id: {} for item in items}
        failures: list[str] = []
        for place, juror in enumerate(self.jurors, start=1):
            for judgment in await self._hear(juror, items, failures):
                own = votes.setdefault(judgment.subject_id, {})
                own.setdefault(judgment.criterion, []).append(Vote(judgment, juror.weight))
            if on_progress:
                on_progress(place * len(items), len(self.jurors) * len(items))
        asked = next((list(own) for own in votes.values() if own), [""])
        return [
            self._pool(item.id, criterion, votes[item.id].get(criterion, []), failures)
            for item in items
            for criterion in (votes[item.id] or asked)
        ]

    async def _hear(
        self, juror: Juror[T], items: Sequence[T], failures: list[str]
    ) -> list[Judgment]:
        """A juror's judgments of the items that it may judge; none where its engine is gone."""
        fit = [item for item in {i.id: i for i in items}.values() if not self._kin(juror, item)]
        try:
            return await juror.judge.judge(fit) if fit else []
        except IngotError as error:
            failures.append(f"{juror.judge.name}: {error}")
            return []

    def _kin(self, juror: Juror[T], item: T) -> bool:
        family = self.family_of(item) if self.family_of else ""
        return bool(family) and family.casefold() == juror.family.casefold()

    def _pool(
        self, subject: str, criterion: str, votes: Sequence[Vote], failures: Sequence[str]
    ) -> Judgment:
        verdict = reach_verdict(votes)
        causes = [*failures, *(v.judgment.rationale for v in votes if not v.cast)]
        silent = f"no juror has a verdict: {'; '.join(causes) or 'none may judge it'}"
        return Judgment(
            subject_id=subject,
            kind=JudgeKind.JUDGE,
            judge=self.name,
            criterion=criterion,
            verdict=verdict.verdict,
            p=verdict.p,
            score=verdict.score,
            agreement=verdict.agreement,
            position_bias=verdict.position_bias,
            rationale=describe(votes, len(self.jurors)) if verdict.verdict else silent,
            cost_tokens=sum(vote.judgment.cost_tokens for vote in votes),
            provenance=Provenance(
                judge=self.name, parents=(subject, *(vote.judgment.id for vote in votes))
            ),
        )
