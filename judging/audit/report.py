"""The number in the report: how often people agreed with what the judge accepted, and how sure.

Two intervals are made of the same audited items: an exact one that uses nothing but their number,
and a prediction-powered one that also uses the calibrated probability of every accepted item. The
narrower is quoted, by name. Both speak of these very items, not of a source of more of them, so
auditing everything leaves no doubt. The interval for every look stands beside them.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from scipy.stats import hypergeom

from ingot.records import Model
from judging.audit.confidence_sequence import last_interval
from judging.audit.prediction_powered import prediction_powered
from judging.intervals import Interval, clopper_pearson

SMALL_SHARE = 0.05
"""Up to this audited share the batch counts as endless: the correction would change nothing."""


class Realised(Model):
    """What the audit measured."""

    n: int
    """Audited items on which people gave a verdict."""
    errors: int
    """Those on which it was not the judge's."""
    accepted: int
    """Items that the judge accepted and nobody but auditors looked at."""
    confidence: float
    """Of each interval."""
    agreement: float | None
    """Share of the audited items on which people agreed; None without any."""
    quoted: Interval
    method: Literal["exact", "prediction_powered"]
    """Which of the two is quoted: the narrower."""
    exact: Interval
    """Clopper-Pearson; hypergeometric where more than 5 % of the accepted items were audited."""
    powered: Interval | None = None
    """Prediction-powered; None for fewer than 10 audited items."""
    powered_estimate: float | None = None
    at_every_look: Interval
    """The betting confidence sequence: right at all numbers of items at once."""


def measure_agreement(
    audited: Sequence[tuple[float, bool]], others: Sequence[float], delta: float
) -> Realised:
    """Measure on (probability, did people agree?) in the order of the answers.

    `others` are the probabilities of the accepted items that were not audited.
    """
    agreed = [good for _, good in audited]
    n, right, accepted = len(agreed), sum(agreed), len(agreed) + len(others)
    exact = exact_interval(right, n, accepted, delta)
    powered = prediction_powered(audited, others, delta)
    narrower = powered is not None and _width(powered.interval) < _width(exact)
    return Realised(
        n=n,
        errors=n - right,
        accepted=accepted,
        confidence=1 - delta,
        agreement=right / n if n else None,
        quoted=powered.interval if powered is not None and narrower else exact,
        method="prediction_powered" if narrower else "exact",
        exact=exact,
        powered=powered.interval if powered else None,
        powered_estimate=powered.estimate if powered else None,
        at_every_look=last_interval(agreed, delta),
    )


def exact_interval(right: int, n: int, accepted: int, delta: float) -> Interval:
    """The exact interval for the share of all accepted items on which people would agree.

    All numbers of agreements in the batch under which neither so many nor so few of the sample
    would be a surprise at delta / 2.
    """
    if n == 0 or n <= SMALL_SHARE * accepted:
        return clopper_pearson(right, n, delta)
    totals = np.arange(right, accepted - n + right + 1)
    likely = (hypergeom.sf(right - 1, accepted, totals, n) > delta / 2) & (
        hypergeom.cdf(right, accepted, totals, n) > delta / 2
    )
    kept = totals[likely]
    return Interval(low=float(kept[0]) / accepted, high=float(kept[-1]) / accepted)


def _width(interval: Interval) -> float:
    return interval.high - interval.low
