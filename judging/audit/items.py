"""An audited item: what the judge said of it, how sure it was, and what people answered."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AuditedItem:
    """One item once all its answers are in.

    What people say is the choice of more than half of them and stays as it is: a label that changed
    with later answers to other items would make the bets on it worthless.
    """

    verdict: str
    """The judge's."""
    probability: float
    """That people agree, as the judge's calibrated confidence has it."""
    votes: Sequence[str]

    @property
    def agreed(self) -> bool | None:
        """Whether people say what the judge says; a tie is disagreement, no majority None."""
        if not self.votes:
            return None
        choice, votes = Counter(self.votes).most_common(1)[0]
        return choice == self.verdict if 2 * votes > len(self.votes) else None


def compared(items: Sequence[AuditedItem]) -> list[tuple[float, bool]]:
    """(probability, agreed?) of the items on which people have a majority, in their order."""
    return [(item.probability, good) for item in items if (good := item.agreed) is not None]
