"""What people's answers to one pair mean: a label, or the honest lack of one."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt
from typing import Literal

from ingot.records import Judgment, Pair

EXPERT_AGREEMENT = 0.81
"""How often two people agree on a pair without ties (MT-bench, Zheng et al. 2023, arXiv
2306.05685, section 4.2); stands in until a pool's own agreement is measured."""
PERSON_ACCURACY = (1 + sqrt(2 * EXPERT_AGREEMENT - 1)) / 2
"""Accuracy q of one answer that gives this agreement: q^2 + (1 - q)^2; about 0.89."""

CHOICES = ("A", "B", "tie")


@dataclass(frozen=True, slots=True)
class Decision:
    """What people say of a pair."""

    pair_id: str
    verdict: Literal["A", "B", "tie", ""]
    """'' where nobody chose, or no choice has more than half of the answers."""
    reason: Literal["majority", "no_majority", "no_answer"]
    confidence: float | None = None
    """Probability that the verdict is right, from the votes and `PERSON_ACCURACY`; None for ties
    and where there is no verdict."""
    votes: int = 0
    people: tuple[str, ...] = ()
    simulated: bool = False
    """True where any of the answers came from a simulated reviewer."""
    answer_ids: tuple[str, ...] = ()


def decide(pair: Pair, answers: Iterable[Judgment]) -> Decision:
    """The choice of more than half of those who chose; anything else than A, B, tie is a skip.

    Of several answers by one person the last counts. Raises ValueError for an answer to another
    pair.
    """
    latest = {answer.judge: answer for answer in answers}
    if strangers := {answer.subject_id for answer in latest.values()} - {pair.id}:
        raise ValueError(f"answers to {sorted(strangers)[0]} were given for {pair.id}")
    cast = [answer for _, answer in sorted(latest.items()) if answer.verdict in CHOICES]
    if not cast:
        return Decision(pair.id, "", "no_answer")
    votes = Counter(answer.verdict for answer in cast)
    winner = next((choice for choice in CHOICES if 2 * votes[choice] > len(cast)), None)
    return Decision(
        pair_id=pair.id,
        verdict=winner or "",  # type: ignore[arg-type]  # one of CHOICES
        reason="majority" if winner else "no_majority",
        confidence=_confidence(winner, votes),
        votes=len(cast),
        people=tuple(answer.judge for answer in cast),
        simulated=any(answer.provenance.simulated for answer in cast),
        answer_ids=tuple(answer.id for answer in cast),
    )


def agrees(judgment: Judgment, decision: Decision) -> bool | None:
    """Whether judge and people say the same; a tie is disagreement, as the judge never says tie.

    None where one of them gave no verdict.
    """
    if judgment.p is None or not decision.verdict:
        return None
    return judgment.verdict == decision.verdict


def _confidence(winner: str | None, votes: Counter[str]) -> float | None:
    """Posterior of independent answers of one accuracy, both orders equally likely before."""
    if winner not in ("A", "B"):
        return None
    lead = votes[winner] - votes["B" if winner == "A" else "A"]
    odds: float = (PERSON_ACCURACY / (1 - PERSON_ACCURACY)) ** lead
    return odds / (1 + odds)
