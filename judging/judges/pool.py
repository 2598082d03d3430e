"""Votes of several jurors on one item become one verdict, by a logarithmic pool.

    p(verdict)  ~  product over jurors of p_juror(verdict) ** weight

For two verdicts that is the weighted mean of the jurors' log-odds. What a juror does not give to
its own verdict is spread evenly over the others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from statistics import pstdev

from ingot.records import Judgment
from judging.judges.orders import LEAST_P

OTHER = "(another)"
"""Stands for what the jurors do not say, where all of them say the same."""


@dataclass(frozen=True, slots=True)
class Vote:
    """A juror's judgment and its weight."""

    judgment: Judgment
    weight: float

    @property
    def cast(self) -> bool:
        """Whether it says anything; a failure or an unsure judge does not."""
        return self.judgment.verdict not in ("", "unsure")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a jury comes to; an empty verdict where nobody says anything."""

    verdict: str = ""
    p: float | None = None
    score: float | None = None
    agreement: float | None = None
    """Share of the cast votes that say the verdict."""
    position_bias: float | None = None


def reach_verdict(votes: Sequence[Vote]) -> Verdict:
    """Pool the votes that have a probability; where none has one, the weightiest verdict wins."""
    cast = [vote for vote in votes if vote.cast]
    if not cast:
        return Verdict()
    said = [vote.judgment.verdict for vote in cast]
    verdicts = list(dict.fromkeys(said))
    pooled = _pool_logarithmically([v for v in cast if v.judgment.p is not None], verdicts)
    weights = pooled or {
        each: sum(v.weight for v in cast if v.judgment.verdict == each) for each in verdicts
    }
    verdict = max(verdicts, key=lambda each: weights[each])
    return Verdict(
        verdict,
        p=pooled[verdict] if pooled else None,
        score=_weighted(cast, [vote.judgment.score for vote in cast]),
        agreement=said.count(verdict) / len(said),
        position_bias=_weighted(cast, [vote.judgment.position_bias for vote in cast]),
    )


def describe(votes: Sequence[Vote], jurors: int) -> str:
    """Who said what, and how far the log-odds of the verdicts lie apart."""
    cast = [vote for vote in votes if vote.cast]
    told = ", ".join(
        vote.judgment.verdict + ("" if vote.judgment.p is None else f" {vote.judgment.p:.2f}")
        for vote in cast
    )
    spread = pstdev(_log_odds(vote, cast[0].judgment.verdict) for vote in cast)
    left_out = f"; {jurors - len(cast)} of {jurors} left out" if len(cast) < jurors else ""
    return f"{told}; log-odds differ by {spread:.2f}{left_out}"


def _pool_logarithmically(votes: Sequence[Vote], verdicts: Sequence[str]) -> dict[str, float]:
    """Probability of each verdict; {} without votes."""
    if not votes:
        return {}
    options = [*verdicts, OTHER] if len(verdicts) == 1 else list(verdicts)
    total = sum(vote.weight for vote in votes)
    logs = {
        each: sum(v.weight * log(_p_of(v, each, len(options))) for v in votes) / total
        for each in options
    }
    highest = max(logs.values())
    raw = {each: exp(value - highest) for each, value in logs.items()}
    return {each: value / sum(raw.values()) for each, value in raw.items()}


def _p_of(vote: Vote, verdict: str, options: int) -> float:
    """The juror's probability of a verdict; the rest of its own is spread evenly."""
    p = vote.judgment.p or 0.0
    if vote.judgment.verdict != verdict:
        p = (1 - p) / (options - 1)
    return min(max(p, LEAST_P), 1 - LEAST_P)


def _log_odds(vote: Vote, verdict: str) -> float:
    """For the verdict against all else; a vote without a probability counts as a coin's edge."""
    p = 0.5 if vote.judgment.p is None else min(max(vote.judgment.p, LEAST_P), 1 - LEAST_P)
    odds = log(p / (1 - p))
    return odds if vote.judgment.verdict == verdict else -odds


def _weighted(votes: Sequence[Vote], values: Sequence[float | None]) -> float | None:
    """The weighted mean of what is known."""
    known = [
        (vote.weight, value) for vote, value in zip(votes, values, strict=True) if value is not None
    ]
    return sum(w * v for w, v in known) / sum(w for w, _ in known) if known else None
