"""The audit: a random share of what the judge accepted alone goes to people, and is watched.

H0: the judge disagrees with people on at most `target_risk` of the accepted items. A gambler bets
against it, K = prod(1 + l_s (e_s - r)), with l_s chosen before e_s is seen (Waudby-Smith and Ramdas
2024, arXiv 2010.09686). Under H0 the chance that K ever reaches 1 / delta is at most delta, however
often one looks, so the audit may be watched live; an alarm means that the promise is broken.

The gambler believes that the promise is kept until some unknown item, which may be the first, and
from there on broken at one of three rates; l_s is the Kelly bet on what he then expects of the next
item. His wealth is a mixture of likelihood ratios over rates and starting points, which are sums of
products and are updated in a few multiplications. So a judge that was good for a thousand items
pays out soon after it breaks; a bet on the average of all items seen would wait for the good ones
to be outweighed (Shin, Ramdas and Rinaldo 2023, arXiv 2203.03532, treat such detectors).
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ingot.records import Model
from judging.intervals import Floats

ODDS = (1.5, 2.2, 4.0)
"""By how much a broken promise multiplies the odds of disagreement, as the gambler believes."""
BROKEN_FROM_THE_START = 0.5
"""His belief that the promise never held; the rest of his wealth waits for a break."""
PATIENCE = 100
"""He expects a break at item t with probability 1 / (t + this), given none before."""


class Audit(Model):
    """What the audited items say about the promise."""

    target_risk: float
    delta: float
    n: int
    errors: int
    """Audited items on which people disagree with the judge."""
    wealth: tuple[float, ...]
    """The gambler's wealth after each item."""
    alarm_at: int | None
    """Number of items after which the promise counted as broken; None where it never did."""

    @property
    def alarm(self) -> bool:
        """Whether auto-acceptance must stop until the judge is calibrated anew."""
        return self.alarm_at is not None


def audit(disagreements: Sequence[bool], target_risk: float, delta: float) -> Audit:
    """Test the promise on the audited items, in the order in which people answered."""
    gamblers = Gamblers(1, target_risk)
    wealth = [float(gamblers.bet(np.array([error]))[0]) for error in disagreements]
    broken = (index for index, value in enumerate(wealth, start=1) if value >= 1 / delta)
    return Audit(
        target_risk=target_risk,
        delta=delta,
        n=len(wealth),
        errors=sum(disagreements),
        wealth=tuple(wealth),
        alarm_at=next(broken, None),
    )


class Gamblers:
    """Independent gamblers, one for each stream of audited items."""

    def __init__(self, streams: int, risk: float) -> None:
        rates = _rates(risk)
        self._if_wrong, self._if_right = rates / risk, (1 - rates) / (1 - risk)
        self._waiting = np.full(streams, 1 - BROKEN_FROM_THE_START)
        # [streams, rates]: what is staked on each rate
        self._staked = np.full((streams, len(rates)), BROKEN_FROM_THE_START / len(rates))
        self._seen = 0

    def bet(self, wrong: NDArray[np.bool_]) -> Floats:
        """Take the next item of each stream; gives the wealth after it, [streams]."""
        if self._seen:
            moved = self._waiting / (self._seen + PATIENCE)
            self._waiting -= moved
            self._staked += moved[:, None] / self._staked.shape[1]
        self._seen += 1
        self._staked *= np.where(wrong[:, None], self._if_wrong, self._if_right)
        wealth: Floats = self._waiting + self._staked.sum(axis=1)
        return wealth


def _rates(risk: float) -> Floats:
    odds = risk / (1 - risk) * np.array(ODDS)
    rates: Floats = odds / (1 + odds)
    return rates
