"""The audit: a random share of what the judge accepted alone goes to people, and is watched.

H0: the judge disagrees with people on at most `target_risk` of the accepted items. A gambler bets
against it, K = prod(1 + l_s (e_s - r)), with l_s chosen before e_s is seen (Waudby-Smith and Ramdas
2024, arXiv 2010.09686). Under H0 the chance that K ever reaches 1 / delta is at most delta, however
often one looks, so the audit may be watched live; an alarm means that the promise is broken.
"""

from collections.abc import Sequence

from ingot.records import Model
from judging.intervals import Interval, clopper_pearson, wilson

PRIOR_ITEMS = 10
"""Weight of the prior belief that the rate is the target: one early error is no catastrophe."""
MAX_STAKE = 0.5
"""Largest share of the wealth that one item can lose (the c of Waudby-Smith and Ramdas)."""


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
    agreement: float | None
    """Realised agreement; None before the first item."""
    exact: Interval
    """Clopper-Pearson interval for the agreement with confidence 1 - delta, for a single look."""
    score: Interval
    """Wilson's interval for the same."""

    @property
    def alarm(self) -> bool:
        """Whether auto-acceptance must stop until the judge is calibrated anew."""
        return self.alarm_at is not None


def audit(disagreements: Sequence[bool], target_risk: float, delta: float) -> Audit:
    """Test the promise on the audited items, in the order in which people answered."""
    wealth = _wealth(disagreements, target_risk)
    n, errors = len(disagreements), sum(disagreements)
    broken = (index for index, value in enumerate(wealth, start=1) if value >= 1 / delta)
    return Audit(
        target_risk=target_risk,
        delta=delta,
        n=n,
        errors=errors,
        wealth=tuple(wealth),
        alarm_at=next(broken, None),
        agreement=1 - errors / n if n else None,
        exact=clopper_pearson(n - errors, n, delta),
        score=wilson(n - errors, n, delta),
    )


def _wealth(disagreements: Sequence[bool], risk: float) -> list[float]:
    """Bet by Kelly on the rate seen so far; for a coin of rate p it is (p - r) / (r (1 - r))."""
    wealth, path, errors = 1.0, [], 0.0
    for seen, error in enumerate(disagreements):
        rate = (errors + PRIOR_ITEMS * risk) / (seen + PRIOR_ITEMS)
        stake = min(max(0.0, (rate - risk) / (risk * (1 - risk))), MAX_STAKE / risk)
        wealth *= 1 + stake * (error - risk)
        errors += error
        path.append(wealth)
    return path
