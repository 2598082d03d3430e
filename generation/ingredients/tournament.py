"""Every answer against every other one, and who wins."""

from asyncio import gather
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from statistics import fmean

from generation.flow.item import Item
from generation.ingredients.verdicts import Verdict, compare
from ingot.records import Message


@dataclass(frozen=True, slots=True)
class Tournament:
    """The comparisons that the judge could decide."""

    verdicts: Mapping[tuple[int, int], Verdict]
    """By (first, second) answer, first < second."""

    def between(self, one: int, other: int) -> Verdict | None:
        """How these two compare; None where the judge is unsure."""
        if (verdict := self.verdicts.get((one, other))) is not None:
            return verdict
        verdict = self.verdicts.get((other, one))
        return None if verdict is None else replace(verdict, p_first=1 - verdict.p_first)

    def ranking(self) -> list[int]:
        """Answers with a verdict, best first, by their mean probability of winning.

        Where each meets each, this is the order of the Bradley-Terry strengths too (Ford 1957,
        Am. Math. Monthly 64(8)), so none are fitted.
        """
        answers = sorted({answer for pair in self.verdicts for answer in pair})
        shares = {
            one: fmean(met.p_first for other in answers if (met := self.between(one, other)))
            for one in answers
        }
        return sorted(answers, key=lambda answer: -shares[answer])


async def hold_tournament(
    item: Item, messages: Sequence[Message], texts: Sequence[str]
) -> Tournament:
    """Compare all pairs in both orders: n (n - 1) requests to role 'judge'."""
    pairs = list(combinations(range(len(texts)), 2))
    verdicts = await gather(
        *(
            compare(item, messages, texts[one], texts[two], step=f"pair_{one}_{two}")
            for one, two in pairs
        )
    )
    return Tournament(
        {pair: verdict for pair, verdict in zip(pairs, verdicts, strict=True) if verdict}
    )
