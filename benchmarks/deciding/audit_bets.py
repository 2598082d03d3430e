"""Items until the alarm, and false alarms, for the audit's bet and for two others."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import betaincc, betaln

from judging.audit.betting import Gamblers
from judging.intervals import Booleans, Floats

RISK, DELTA = 0.15, 0.1
GOOD_RATE = 0.08
BREAKS = ((0, 0.05), (0, 0.1), (0, 0.2), (50, 0.2), (200, 0.2), (1000, 0.2))
"""(good items before the break, how far the rate lies above the target after it)"""
STREAMS, ITEMS = 500, 1500
NULL_STREAMS, NULL_ITEMS = 2_000, 3_000


def measure_bets(seed: int) -> dict[str, Any]:
    """Median and 90 % quantile of the delay, and the share of false alarms at the very target."""
    random = np.random.default_rng(seed)
    facts: dict[str, Any] = {}
    for kept, excess in BREAKS:
        rates = np.where(np.arange(kept + ITEMS) < kept, GOOD_RATE, RISK + excess)
        errors = random.random((STREAMS, kept + ITEMS)) < rates
        name = f"after_{kept}_excess_{excess}"
        facts[name] = {bet: _delay(play(errors), kept) for bet, play in BETS.items()}
    null = random.random((NULL_STREAMS, NULL_ITEMS)) < RISK
    facts["false_alarms"] = {
        bet: round(float((play(null) >= 1 / DELTA).any(axis=1).mean()), 4)
        for bet, play in BETS.items()
    }
    return {"target_risk": RISK, "delta": DELTA, "null_streams": NULL_STREAMS, **facts}


def _delay(wealth: Floats, kept: int) -> list[float | None]:
    """[median, 90 % quantile] of the items after the break; None where they were not enough."""
    broken = wealth >= 1 / DELTA
    first = np.where(broken.any(axis=1), broken.argmax(axis=1) + 1.0, np.inf)
    after = first[first > kept] - kept
    return [
        float(q) if np.isfinite(q := np.quantile(after, p, method="higher")) else None
        for p in (0.5, 0.9)
    ]


def _audit(errors: Booleans) -> Floats:
    gamblers = Gamblers(len(errors), RISK)
    return np.array([gamblers.bet(column) for column in errors.T]).T


def _plug_in(errors: Booleans) -> Floats:
    """Kelly on the rate seen so far, with ten items of prior belief and a capped stake."""
    wealth, seen = np.ones(len(errors)), np.zeros(len(errors))
    path = []
    for index, column in enumerate(errors.T):
        rate = (seen + 10 * RISK) / (index + 10)
        stake = np.clip((rate - RISK) / (RISK * (1 - RISK)), 0, 0.5 / RISK)
        wealth = wealth * (1 + stake * (column - RISK))
        seen = seen + column
        path.append(wealth)
    return np.array(path).T


def _mixture(errors: Booleans) -> Floats:
    """All rates above the target from the first item on, Jeffreys prior (KT)."""
    k, n = np.cumsum(errors, axis=1), np.arange(1, errors.shape[1] + 1)
    tail = np.log(betaincc(k + 0.5, n - k + 0.5, RISK) + 1e-300) - np.log(betaincc(0.5, 0.5, RISK))
    ratio = betaln(k + 0.5, n - k + 0.5) - betaln(0.5, 0.5)
    wealth: Floats = np.exp(ratio + tail - k * np.log(RISK) - (n - k) * np.log(1 - RISK))
    return wealth


BETS: dict[str, Callable[[Booleans], Floats]] = {
    "audit": _audit,
    "plug_in": _plug_in,
    "mixture_from_start": _mixture,
}
