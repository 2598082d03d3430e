"""Two orders of a pair become one verdict: what a judge says of (A, B) and of (B, A).

A habit of naming what is shown first moves the log-odds for A up in one order and down in the
other. Averaged over both orders it cancels out: as probabilities by default (a judge that follows
its habit alone comes out at one half), or as log-odds, where it cancels exactly if it adds to the
log-odds whatever is shown. Half of the difference is the habit itself, the position bias.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from typing import Literal

from judging.judges.asking import Reply
from judging.judges.labels import Reading
from judging.judges.settled import RATIONALE_CHARS, Settled, refuse, settle

Averaging = Literal["probabilities", "logits"]
LEAST_P = 1e-6
"""Nearer to 0 a probability counts as this: log-odds must stay finite."""
VERDICTS = ("A", "B", "tie")


@dataclass(frozen=True, slots=True)
class PairOutcome:
    """What both orders of a pair come to."""

    settled: Settled
    """Its reading is of A, B and perhaps tie; its verdict is one of them, '' or unsure."""
    p_a: float | None = None
    """Probability that A is better, a tie counting half."""
    position_bias: float | None = None
    flipped: bool = False


def conclude(
    forward: Sequence[Reply], backward: Sequence[Reply], averaging: Averaging = "probabilities"
) -> PairOutcome:
    """Average each order, then both; without a usable reply in each there is no score.

    The replies' labels stand for what is shown first, what is shown second, and perhaps a tie.
    """
    first, second = settle(forward), settle(backward)
    replies = [*forward, *backward]
    if first.reading is None or second.reading is None:
        return PairOutcome(refuse(replies))
    told = (first.reading.probabilities, _swap(second.reading.probabilities))
    merged = _merge(*told, averaging)
    best = max(range(len(merged)), key=merged.__getitem__)
    return PairOutcome(
        Settled(
            Reading(merged, None),
            verdict=VERDICTS[best],
            rationale=first.rationale[:RATIONALE_CHARS],
            agreement=_agreement(forward, backward, best),
            p=merged[best],
            label_mass=_mean([first.label_mass, second.label_mass]),
            tokens=sum(reply.tokens for reply in replies),
        ),
        p_a=merged[0] + sum(merged[2:]) / 2,
        position_bias=(_log_odds(told[0]) - _log_odds(told[1])) / 2,
        flipped=_flipped(*told),
    )


def _swap(told: tuple[float, ...]) -> tuple[float, ...]:
    return (told[1], told[0], *told[2:])


def _merge(
    forward: tuple[float, ...], backward: tuple[float, ...], averaging: Averaging
) -> tuple[float, ...]:
    """The mean, or the normalised geometric mean: for two labels that is the mean of log-odds."""
    both = list(zip(forward, backward, strict=True))
    if averaging == "probabilities":
        return tuple((one + other) / 2 for one, other in both)
    weights = [exp((log(max(a, LEAST_P)) + log(max(b, LEAST_P))) / 2) for a, b in both]
    return tuple(weight / sum(weights) for weight in weights)


def _log_odds(told: tuple[float, ...]) -> float:
    return log(max(told[0], LEAST_P)) - log(max(told[1], LEAST_P))


def _flipped(forward: tuple[float, ...], backward: tuple[float, ...]) -> bool:
    """Whether the judge names the other answer, or a tie in one order alone."""
    if len(forward) > 2 and (max(forward) == forward[2]) != (max(backward) == backward[2]):
        return True
    return (forward[0] - forward[1]) * (backward[0] - backward[1]) < 0


def _agreement(forward: Sequence[Reply], backward: Sequence[Reply], best: int) -> float | None:
    """Share of the usable replies of both orders that say the verdict; None without several."""
    if len(forward) < 2:
        return None
    told = [r.reading.probabilities for r in forward if r.reading and r.reading.usable]
    told += [_swap(r.reading.probabilities) for r in backward if r.reading and r.reading.usable]
    return sum(max(each) == each[best] for each in told) / len(told)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
