"""An interval for the realised agreement that holds at every look.

For each possible agreement m a gambler bets against "the agreement is m". He mixes all Bernoulli
likelihood ratios under the Jeffreys prior, so that his wealth after k of n agreed is
B(k + 1/2, n - k + 1/2) / (B(1/2, 1/2) m^k (1 - m)^(n - k)). By Ville's inequality he who bets
against the true m never reaches 1 / delta, with probability 1 - delta; so the m whose gamblers are
still poorer form an interval that is right at all n at once (Robbins 1970; Waudby-Smith and Ramdas
2024, arXiv 2010.09686, section 4).
"""

from collections.abc import Sequence
from math import log

import numpy as np
from scipy.special import betaln, xlog1py, xlogy

from judging.intervals import Floats, Interval

PRIOR = 0.5
_HALVINGS = 45


def confidence_sequence(agreed: Sequence[bool], delta: float) -> list[Interval]:
    """The interval after each item; each lies within the one before."""
    k, n = _counts(agreed)
    lows = np.maximum.accumulate(_end(k, n, delta, upper=False))
    highs = np.minimum.accumulate(_end(k, n, delta, upper=True))
    # Where the truth changed on the way the two may cross; what is left is then a point.
    highs = np.maximum(highs, lows)
    return [Interval(low=float(a), high=float(b)) for a, b in zip(lows, highs, strict=True)]


def last_interval(agreed: Sequence[bool], delta: float) -> Interval:
    """The interval by the count after all items, which always holds their mean; [0, 1] without any.

    It may be a little wider than the last of the sequence, which also remembers earlier looks and
    so contradicts the mean where the agreement changed on the way.
    """
    if not agreed:
        return Interval(low=0.0, high=1.0)
    k, n = (counts[-1:] for counts in _counts(agreed))
    low, high = (float(_end(k, n, delta, upper=upper)[0]) for upper in (False, True))
    return Interval(low=low, high=high)


def _counts(agreed: Sequence[bool]) -> tuple[Floats, Floats]:
    return np.cumsum(np.array(agreed, dtype=float)), np.arange(1, len(agreed) + 1, dtype=float)


def _end(k: Floats, n: Floats, delta: float, *, upper: bool) -> Floats:
    """Bisect between k / n, which is never excluded, and the end of [0, 1]."""
    inside = k / n
    outside = np.full(len(k), float(upper))
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        kept = _log_wealth(k, n, middle) < log(1 / delta)
        inside, outside = np.where(kept, middle, inside), np.where(kept, outside, middle)
    reached: Floats = np.where(k == n * float(upper), float(upper), inside)
    return reached


def _log_wealth(k: Floats, n: Floats, m: Floats) -> Floats:
    mixture = betaln(k + PRIOR, n - k + PRIOR) - betaln(PRIOR, PRIOR)
    wealth: Floats = mixture - xlogy(k, m) - xlog1py(n - k, -m)
    return wealth
