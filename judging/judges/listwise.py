"""The list judge: which of k answers is the best, and by that how all of them rank.

    rotations   k, or a seeded part of them: each answer stands in each place, so places cancel out
    score       mean probability of being named the best; ranks follow, ties within a tolerance

A list that the model cannot take in one prompt is halved, the halves are judged, then their winners
against each other. An answer's score is then P(best of its half) x P(its half's winner wins), which
takes the half's winner for the strength of the half; the rationale says that this was done.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from string import ascii_lowercase

from ingot.records import Judgment, Message, Ranking
from judging.judges.asking import Counter, Question, ask_all, requests_of
from judging.judges.base import Progress
from judging.judges.disarm import conversation
from judging.judges.forms import MAX_LABELS, describe_closing
from judging.judges.frame import load_frame
from judging.judges.groups import Group, Listed, Scores, conclude, join, winners
from judging.judges.ranks import rank_scores
from judging.judges.settled import Asker

CRITERION = "best"


@dataclass(frozen=True, slots=True)
class Ranked:
    """A judgment of a list, and the ranking where there is one."""

    judgment: Judgment
    """Its verdict is the place of the best answer in the list, from 0."""
    ranking: Ranking | None


class ListJudge:
    """Ranks lists of answers."""

    def __init__(self, asker: Asker, *, rotations: int = 0, tie_tolerance: float = 0.0) -> None:
        """`rotations`: how many of the k, 0 for all; `tie_tolerance`: scores so near share a rank.

        Each rotation is asked `asker.samples` times.
        """
        self.asker, self.rotations, self.tie_tolerance = asker, rotations, tie_tolerance
        self._frame = load_frame("listwise", ("prompt",))
        self._reference = load_frame("reference", ("reference",))

    @property
    def name(self) -> str:
        """The judge in all records."""
        return self.asker.name(f"listwise-{self.rotations}-{self.tie_tolerance:g}")

    async def judge(
        self, items: Sequence[Listed], on_progress: Progress | None = None
    ) -> list[Judgment]:
        """One judgment for each list; raises ModelError if the engine dies."""
        return [ranked.judgment for ranked in await self.rank(items, on_progress)]

    async def rank(
        self, items: Sequence[Listed], on_progress: Progress | None = None
    ) -> list[Ranked]:
        """A judgment and a ranking for each list; raises ModelError if the engine dies."""
        counter = Counter(0, on_progress)
        groups = [Group(item, tuple(range(len(item.completions)))) for item in items]
        found = await self._score(groups, counter)
        return [self._record(item, each) for item, each in zip(items, found, strict=True)]

    async def _score(self, groups: Sequence[Group], counter: Counter) -> list[Scores]:
        """Scores of all groups; what does not fit is halved, and so on down to pairs."""
        asked = [group for group in groups if len(group.members) <= MAX_LABELS]
        told = iter(await self._ask(asked, counter))
        found = {i: next(told) for i, g in enumerate(groups) if len(g.members) <= MAX_LABELS}
        large = [
            index
            for index, group in enumerate(groups)
            if index not in found or (found[index].too_long and len(group.members) > 2)
        ]
        if large:
            halved = await self._halve([groups[index] for index in large], counter)
            found |= dict(zip(large, halved, strict=True))
        return [found[index] for index in range(len(groups))]

    async def _halve(self, groups: Sequence[Group], counter: Counter) -> list[Scores]:
        halves = [half for group in groups for half in group.halves()]
        found = await self._score(halves, counter)
        pairs = [(found[2 * place], found[2 * place + 1]) for place in range(len(groups))]
        finals = [
            Group(group.item, winners(group, pair))
            for group, pair in zip(groups, pairs, strict=True)
        ]
        told = await self._score(finals, counter)
        return [join(pair, final) for pair, final in zip(pairs, told, strict=True)]

    async def _ask(self, groups: Sequence[Group], counter: Counter) -> list[Scores]:
        """Scores of groups that have a letter for each member; one alone needs no asking."""
        turns = [self._starts(group) for group in groups]
        samples = self.asker.samples
        counter.total += sum(map(len, turns)) * samples * requests_of(self.asker.form(2))
        replies = iter(await ask_all(self.asker.engine, self._questions(groups), counter))
        return [
            conclude(
                len(group.members),
                starts,
                [[next(replies) for _ in range(samples)] for _ in starts],
            )
            for group, starts in zip(groups, turns, strict=True)
        ]

    def _starts(self, group: Group) -> list[int]:
        """Which member stands first in each rotation; a seeded part where not all are wanted."""
        size = len(group.members)
        if size == 1:
            return []
        starts = sorted(range(size), key=lambda s: self.asker.draw("rotate", group.item.id, s))
        return sorted(starts[: self.rotations]) if self.rotations else list(range(size))

    def _questions(self, groups: Sequence[Group]) -> Iterator[Question]:
        for group in groups:
            form = self.asker.form(max(2, len(group.members)))
            for start in self._starts(group):
                messages = self._prompt(group.item, _rotated(group.members, start))
                for sample in range(self.asker.samples):
                    seed = self.asker.draw(group.item.id, *group.members, start, sample)
                    yield Question(messages, form, seed, self.asker.sampled)

    def _prompt(self, item: Listed, shown: Sequence[int]) -> tuple[Message, ...]:
        answers = [
            f"<answer_{letter}>\n{self._frame.disarm(item.completions[place])}\n</answer_{letter}>"
            for letter, place in zip(ascii_lowercase, shown, strict=False)
        ]
        reference = ""
        if item.reference:
            hostile = self._frame.disarm(item.reference)
            reference = f"\n{self._reference.fill(reference=hostile)}\n"
        return self._frame.ask(
            prompt=conversation(item.prompt),
            reference=reference,
            answers="\n\n".join(answers),
            closing=describe_closing(len(shown), self.asker.max_tokens),
        )

    def _record(self, item: Listed, scores: Scores) -> Ranked:
        reading = scores.settled.reading
        if reading is None:
            return Ranked(self._judgment(item, scores, item.id), None)
        ranking = Ranking(
            prompt=item.prompt,
            completions=item.completions,
            ranks=rank_scores(reading.probabilities, self.tie_tolerance),
            scores=reading.probabilities,
            completion_ids=item.completion_ids,
            domain=item.domain,
            confidence=reading.p,
            provenance=self.asker.provenance(self.name, item.provenance, item.id),
        )
        return Ranked(self._judgment(item, scores, ranking.id), ranking)

    def _judgment(self, item: Listed, scores: Scores, subject_id: str) -> Judgment:
        settled = scores.settled
        split = f"judged in {scores.parts} prompts, too long for one. " if scores.parts > 1 else ""
        found = replace(settled, rationale=split + settled.rationale)
        verdict = str(scores.best) if settled.reading else settled.verdict
        return self.asker.judgment(
            self.name, subject_id, CRITERION, found, item.provenance, verdict=verdict
        )


def _rotated(members: Sequence[int], start: int) -> list[int]:
    return [*members[start:], *members[:start]]
