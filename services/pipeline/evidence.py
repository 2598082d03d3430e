"""What people's answers to the sample teach: each pair's probability, and what it may decide."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ingot.orders import Guarantee
from ingot.records import Judgment, Pair
from judging.deciding import WHOLE, Label, Terms, decide
from judging.evidence.signals import read_signals
from judging.guarantee.threshold import Certificate, certify
from judging.people.aggregate import Decision

_LABELS: dict[str, Label] = {"A": "first", "B": "second", "tie": "tie"}


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned."""

    judgments: list[Judgment]
    """The judge's judgments with the learned probabilities."""
    certificate: Certificate
    points: tuple[tuple[float, bool], ...]
    """(learned confidence, do people agree?) of each pair that both decided."""


def learn_from_people(
    pairs: Sequence[Pair],
    judgments: Sequence[Judgment],
    decisions: Iterable[Decision],
    promised: Guarantee,
    seed: int,
) -> Learned:
    """Learn from people's decisions on a random sample of the judged pairs.

    Signals are the judge in both orders, the answers' lengths and the domain. Judgments without a
    probability stay as they are, as do all where people chose nothing.
    """
    terms = Terms(1 - promised.agreement, 1 - promised.confidence, seed=seed)
    own = {j.subject_id: j for j in judgments if j.p is not None and j.verdict in ("A", "B")}
    judged = [pair for pair in pairs if pair.id in own]
    if not judged:
        return Learned(list(judgments), certify((), (), terms.target_risk, terms.delta), ())
    place = {pair.id: row for row, pair in enumerate(judged)}
    labels = {
        place[decision.pair_id]: _LABELS[decision.verdict]
        for decision in decisions
        if decision.pair_id in place and decision.verdict in _LABELS
    }
    decided = decide(read_signals(judged, own.values()), labels, terms)
    p_first = decided.combined.p_first
    learned = [
        _restate(judgment, float(p_first[place[judgment.subject_id]]))
        if labels and judgment.subject_id in place
        else judgment
        for judgment in judgments
    ]
    return Learned(learned, decided.certificates[WHOLE], decided.points)


def _restate(judgment: Judgment, p_first: float) -> Judgment:
    """The judgment as people would see it; it names the judge's own as its parent."""
    said = judgment.model_dump(exclude={"id", "verdict", "p", "provenance"})
    return Judgment.model_validate(
        said
        | {
            "verdict": "A" if p_first >= 0.5 else "B",
            "p": max(p_first, 1 - p_first),
            "provenance": judgment.provenance.model_copy(update={"parents": (judgment.id,)}),
        }
    )
