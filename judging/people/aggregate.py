"""What people's answers to pairs mean: a label, or the honest lack of one.

`decide` looks at one pair, where every person is as good as the next; `decide_all` at a batch,
whose overlap tells how good each person is.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ingot.records import Judgment, Pair
from judging.people.accuracy import EXPERT_AGREEMENT as EXPERT_AGREEMENT
from judging.people.accuracy import PERSON_ACCURACY as PERSON_ACCURACY
from judging.people.answers import TIE, collect, gold_indices
from judging.people.posterior import estimate

CHOICES = ("A", "B", "tie")
DECISIVE = 0.6
"""Least probability at which `decide_all` gives a verdict; what is wrong in more than two of five
cases is no label, and one more answer helps more."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What people say of a pair."""

    pair_id: str
    verdict: Literal["A", "B", "tie", ""]
    """'' where nobody chose, or no choice has more than half of the answers (`decide`) or is
    `DECISIVE` (`decide_all`)."""
    reason: Literal["majority", "posterior", "adjudicated", "no_majority", "no_answer"]
    """posterior: better people outweigh an equal number or more of others; adjudicated: one who saw
    the others' answers decided."""
    confidence: float | None = None
    """Probability that the verdict is right: from the votes and `PERSON_ACCURACY`, or, with
    overlap, the posterior of `decide_all`. None where there is no verdict, and for ties that were
    decided by votes alone."""
    votes: int = 0
    people: tuple[str, ...] = ()
    simulated: bool = False
    """True where any of the answers came from a simulated reviewer."""
    answer_ids: tuple[str, ...] = ()
    guideline_version: int | None = None
    """The newest that any of the answers followed; None where none is known."""


def decide(pair: Pair, answers: Iterable[Judgment]) -> Decision:
    """The choice of more than half of those who chose; anything else than A, B, tie is a skip.

    Of several answers by one person the last counts. Raises ValueError for an answer to another
    pair.
    """
    cast = _cast(pair, answers)
    votes = Counter(answer.verdict for answer in cast)
    winner = _majority(votes)
    reason: Literal["majority", "no_majority"] = "majority" if winner else "no_majority"
    return _decision(pair, cast, winner, reason, _confidence(winner, votes))


def decide_all(
    pairs: Sequence[Pair],
    answers_by_pair: Mapping[str, Iterable[Judgment]],
    adjudicated: Mapping[str, Judgment] | None = None,
) -> list[Decision]:
    """One decision for each pair, in order; people are weighed as soon as two answered one pair.

    Pairs that a verifier decided are gold: they teach how good people are, and are themselves
    decided by votes. Adjudicated ones teach it too, and are what the adjudicator says. Without
    overlap and gold this is `decide` for each pair. Raises ValueError for an answer to another
    pair.
    """
    settled = adjudicated or {}
    cast = {pair.id: _cast(pair, answers_by_pair.get(pair.id, ())) for pair in pairs}
    known: dict[str, str] = {pair.id: pair.verified for pair in pairs if pair.verified}
    known |= {pair_id: judgment.verdict for pair_id, judgment in settled.items()}
    gold = {pair.id: known[pair.id] for pair in pairs if pair.id in known and cast[pair.id]}
    posteriors = _weigh(cast, gold)

    def decision(pair: Pair) -> Decision:
        votes = cast[pair.id]
        if pair.id in settled:
            return _settled(pair, votes, settled[pair.id])
        if pair.id in posteriors and pair.id not in gold:
            return _weighed(pair, votes, posteriors[pair.id])
        return decide(pair, votes)

    return [decision(pair) for pair in pairs]


def _cast(pair: Pair, answers: Iterable[Judgment]) -> list[Judgment]:
    """The last answer of each person who chose, by the person's name."""
    latest = {answer.judge: answer for answer in answers}
    if strangers := {answer.subject_id for answer in latest.values()} - {pair.id}:
        raise ValueError(f"answers to {sorted(strangers)[0]} were given for {pair.id}")
    return [answer for _, answer in sorted(latest.items()) if answer.verdict in CHOICES]


def _decision(
    pair: Pair,
    cast: Sequence[Judgment],
    winner: str,
    reason: Literal["majority", "posterior", "adjudicated", "no_majority"],
    confidence: float | None,
) -> Decision:
    if not cast:
        return Decision(pair.id, "", "no_answer")
    return Decision(
        pair_id=pair.id,
        verdict=winner,  # type: ignore[arg-type]  # one of CHOICES or ''
        reason=reason,
        confidence=confidence,
        votes=len(cast),
        people=tuple(answer.judge for answer in cast),
        simulated=any(answer.provenance.simulated for answer in cast),
        answer_ids=tuple(answer.id for answer in cast),
        guideline_version=max(
            (v for answer in cast if (v := answer.provenance.guideline_version) is not None),
            default=None,
        ),
    )


def _settled(pair: Pair, cast: Sequence[Judgment], last: Judgment) -> Decision:
    """The adjudicator's word, trusted as one good person's."""
    confidence = None if last.verdict == "tie" else PERSON_ACCURACY
    return _decision(pair, [*cast, last], last.verdict, "adjudicated", confidence)


def _majority(votes: Counter[str]) -> str:
    return next((choice for choice in CHOICES if 2 * votes[choice] > votes.total()), "")


def _weigh(
    cast: Mapping[str, Sequence[Judgment]], gold: Mapping[str, str]
) -> dict[str, dict[str, float]]:
    """Probability of each choice for each answered pair; nothing without overlap or gold."""
    if not gold and all(len(answers) < 2 for answers in cast.values()):
        return {}
    rows = [(name, answer.judge, answer.verdict) for name, a in cast.items() for answer in a]
    answers = collect(rows, labels=("A", "B", *gold.values()))
    posteriors = estimate(answers, gold=gold_indices(answers, gold)).posteriors
    return {
        name: dict(zip(answers.label_names, row.tolist(), strict=True))
        for name, row in zip(answers.item_names, posteriors, strict=True)
    }


def _weighed(pair: Pair, cast: Sequence[Judgment], chances: Mapping[str, float]) -> Decision:
    """The likeliest choice, where it is decisive and alone."""
    best, *others = sorted(chances, key=lambda choice: -chances[choice])
    p = chances[best]
    if p < DECISIVE or any(p - chances[choice] < TIE for choice in others):
        return _decision(pair, cast, "", "no_majority", None)
    by_votes = _majority(Counter(answer.verdict for answer in cast)) == best
    return _decision(pair, cast, best, "majority" if by_votes else "posterior", p)


def _confidence(winner: str, votes: Counter[str]) -> float | None:
    """Posterior of independent answers of one accuracy, both orders equally likely before."""
    if winner not in ("A", "B"):
        return None
    lead = votes[winner] - votes["B" if winner == "A" else "A"]
    odds: float = (PERSON_ACCURACY / (1 - PERSON_ACCURACY)) ** lead
    return odds / (1 + odds)
