"""How soon the audit stops a judge whose promise is broken: the number stated beforehand."""

from functools import lru_cache
from math import ceil

import numpy as np

from judging.audit.betting import Gamblers

DRAWS = 2_000
MAX_ITEMS = 20_000


@lru_cache(maxsize=256)
def items_to_detect(
    rate: float,
    target_risk: float,
    delta: float,
    quantile: float = 0.9,
    *,
    kept: int = 0,
    kept_rate: float = 0.0,
    seed: int = 0,
) -> int | None:
    """Audited items after a break within which this share of all audits raise their alarm.

    `rate` is the rate of disagreement from the break on; before it, `kept` items were audited at
    `kept_rate`. Counted over simulated audits, those that had raised a false alarm before the break
    left out. None where the promise is not broken at all, or is so by too little to be seen within
    20,000 items. Raises ValueError for a rate, risk, delta or quantile outside (0, 1).
    """
    if not all(0 < value < 1 for value in (target_risk, delta, quantile)) or not 0 <= rate <= 1:
        raise ValueError(
            f"rate {rate}, target_risk {target_risk}, delta {delta} and quantile "
            f"{quantile} must lie between 0 and 1"
        )
    if rate <= target_risk:
        return None
    random = np.random.default_rng(seed)
    gamblers = Gamblers(DRAWS, target_risk)
    early = np.zeros(DRAWS, dtype=bool)
    for _ in range(kept):
        early |= gamblers.bet(random.random(DRAWS) < kept_rate) >= 1 / delta
    alarmed, wanted = np.zeros(DRAWS, dtype=bool), ceil(quantile * np.count_nonzero(~early))
    for items in range(1, MAX_ITEMS + 1):
        alarmed |= gamblers.bet(random.random(DRAWS) < rate) >= 1 / delta
        if np.count_nonzero(alarmed & ~early) >= max(wanted, 1):
            return items
    return None
