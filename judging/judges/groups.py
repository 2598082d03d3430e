"""Lists of answers in parts: how scores of rotations become a group's, and groups' become a list's.

A list that does not fit into one prompt is halved, and its halves' winners meet in a final. An
answer's score is then P(best of its half) x P(its half's winner wins the final), which takes the
winner for the strength of its half.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from ingot.records import Message, Provenance
from judging.judges.asking import Reply
from judging.judges.labels import Reading, average
from judging.judges.settled import Settled, refuse, settle


@dataclass(frozen=True, slots=True)
class Listed:
    """Several answers to one request."""

    id: str
    prompt: tuple[Message, ...]
    completions: tuple[str, ...]
    """Two at least."""
    completion_ids: tuple[str, ...] = ()
    reference: str = ""
    domain: str = ""
    provenance: Provenance = field(default_factory=Provenance)


@dataclass(frozen=True, slots=True)
class Group:
    """Some answers of an item, in their order in it."""

    item: Listed
    members: tuple[int, ...]

    def halves(self) -> "tuple[Group, Group]":
        """Its first and its second half."""
        middle = (len(self.members) + 1) // 2
        return Group(self.item, self.members[:middle]), Group(self.item, self.members[middle:])


@dataclass(frozen=True, slots=True)
class Scores:
    """What became of a group: its members' probabilities of being the best, or why there are none.

    `settled` has a reading where there are scores.
    """

    settled: Settled
    too_long: bool = False
    parts: int = 1
    """In how many prompts the list stood."""

    @property
    def best(self) -> int:
        """Place of the best among the members."""
        return self.settled.reading.best if self.settled.reading else 0


def conclude(size: int, starts: Sequence[int], replies: Sequence[Sequence[Reply]]) -> Scores:
    """Average over the rotations, each turned back; all of them must have a reading."""
    if size == 1:
        return Scores(Settled(Reading((1.0,), None), "", "", p=1.0))
    every = [reply for own in replies for reply in own]
    settled = [settle(own) for own in replies]
    turned = [
        _turned_back(each.reading, start, size)
        for each, start in zip(settled, starts, strict=True)
        if each.reading is not None
    ]
    if len(turned) < len(starts):
        return Scores(refuse(every), too_long=any(reply.too_long for reply in every))
    reading = average(turned)
    agreement = sum(each.best == reading.best for each in turned) / len(turned)
    tokens = sum(reply.tokens for reply in every)
    rationale = settled[0].rationale
    return Scores(Settled(reading, "", rationale, agreement, reading.p, reading.mass, tokens))


def _turned_back(reading: Reading, start: int, size: int) -> Reading:
    """The label in place i stood for member (start + i) modulo size."""
    told = reading.probabilities
    return Reading(tuple(told[(place - start) % size] for place in range(size)), reading.mass)


def winners(group: Group, pair: tuple[Scores, Scores]) -> tuple[int, ...]:
    """The best member of each half."""
    return tuple(
        half.members[scores.best] for half, scores in zip(group.halves(), pair, strict=True)
    )


def join(pair: tuple[Scores, Scores], final: Scores) -> Scores:
    """The halves' scores weighed by the final between their winners."""
    every = (*pair, final)
    tokens = sum(each.settled.tokens for each in every)
    parts = sum(each.parts for each in every)
    lacking = next((each for each in every if each.settled.reading is None), None)
    if lacking is not None:
        settled = lacking.settled
        refused = Settled(None, settled.verdict, settled.rationale, tokens=tokens)
        return Scores(refused, parts=parts)
    weights = final.settled.reading.probabilities if final.settled.reading else ()
    told = [
        weight * p
        for weight, half in zip(weights, pair, strict=True)
        for p in (half.settled.reading.probabilities if half.settled.reading else ())
    ]
    masses = [s.settled.label_mass for s in every if s.settled.label_mass is not None]
    reading = Reading(tuple(told), sum(masses) / len(masses) if masses else None)
    rationale = final.settled.rationale
    joined = Settled(reading, "", rationale, None, reading.p, reading.mass, tokens)
    return Scores(joined, parts=parts)
