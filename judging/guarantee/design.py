"""The plan of the tests: which thresholds, in which order, at what level; made before any label.

Thresholds are tested from the surest items downwards. Delta is put on one or two of them, the
starts; a threshold that passes hands what it was tested with to the next one below, one that fails
loses it (the fallback procedure of Wiens 2003, doi:10.1002/pst.64).

Where to start decides how much is bought: high up few labelled items can hardly pass, far down the
judge is not good enough. So the labels are imagined, many times, from what the confidences say of
themselves, for judges that are as sure as they say and for ones that are overconfident by known
factors, and the plan with the largest mean coverage is taken. A wrong guess costs coverage, never
the promise.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np

from judging.guarantee.promise import Promise, allowed_errors
from judging.intervals import Booleans, Floats, Integers, minimum_items

POINTS = 24
"""Thresholds of a plan."""
IMAGINED = 40
"""Imagined sets of labels for each guess of the judge's overconfidence."""
RAW_GUESSES = ((1.0, 0.3), (0.6, 0.3), (0.35, 0.2))
"""(scale, weight): a judge's log-odds times the scale give its guessed agreement with people."""
LEARNED_GUESSES = ((1.0, 0.6), (0.8, 0.4))
"""The same for a confidence that was learned from labels."""
NOISE = 0.03
"""Guessed share of items on which people differ from any judge, however sure it is."""
FLAT_GUESSES = ((0.5, 0.5), (0.75, 0.5))
"""(share of the target risk, weight of what the others leave): for a good judge whose confidence
says nothing."""
_SPLITS = ((0.75, 0.25), (0.5, 0.5), (0.25, 0.75))
_LEVELS = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
"""Shares of delta that a threshold can come to be tested with."""
_COARSE = 8
"""Starts that are tried in pairs."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is tested, from the surest items downwards."""

    thresholds: Floats
    levels: Floats
    """What is put on each threshold; the sum is delta."""
    coverage: float = 0.0
    """Mean share of all items that is certified in the imagined labels."""


def plan_tests(
    everything: Floats,
    labels: int,
    risk: float,
    delta: float,
    *,
    promise: Promise = "batch",
    learned: bool = False,
    expected: Floats | None = None,
) -> Plan:
    """Plan the tests for `labels` labels on items of these confidences (surest first).

    A function of confidences and the number of labels, never of labels. Without thresholds where
    so few labels cannot pass at all. `expected` is the guessed agreement of each item where the
    confidence is only an order.
    """
    sure = everything if expected is None else expected
    arrays = everything.astype(float).tobytes(), sure.astype(float).tobytes()
    return _plan(*arrays, labels, risk, delta, promise, learned)


@lru_cache(maxsize=4)
def _plan(
    everything_bytes: bytes,
    sure_bytes: bytes,
    labels: int,
    risk: float,
    delta: float,
    promise: Promise,
    learned: bool,
) -> Plan:
    """The plan; a batch is often asked about again, with other labels."""
    everything, sure = np.frombuffer(everything_bytes), np.frombuffer(sure_bytes)
    thresholds = _thresholds(everything, labels, risk, delta)
    if not len(thresholds):
        return Plan(thresholds, np.zeros(0))
    reached = np.searchsorted(-everything, -thresholds, side="right")
    items = np.maximum(np.round(reached * labels / len(everything)), 1).astype(np.int64)
    allowed = allowed_errors(items, reached, risk, _LEVELS * delta, promise)
    plans = _candidates(len(thresholds))
    bought = np.zeros(len(plans))
    for rates, weight in _guess_rates(sure, reached, risk, learned):
        passes = _imagine(rates, items)[None] <= allowed[:, None, :]
        bought += weight * _coverage(plans, passes, reached / len(everything))
    best = int(np.argmax(bought))
    return Plan(thresholds, plans[best] * delta, float(bought[best]))


def _thresholds(everything: Floats, labels: int, risk: float, delta: float) -> Floats:
    """Confidences at the ranks that geometric numbers of labelled items will reach."""
    floor = minimum_items(risk, delta)
    if labels < floor or not len(everything):
        return np.zeros(0)
    sizes = np.geomspace(floor, labels, POINTS if floor < labels else 1)
    ranks = np.ceil(sizes / labels * len(everything)).astype(int)
    return np.unique(everything[np.clip(ranks, 1, len(everything)) - 1])[::-1]


def _candidates(count: int) -> Floats:
    """Every single start, and pairs of coarse ones: one row a plan, its shares of delta."""
    singles = np.eye(count)
    coarse = sorted({round(i) for i in np.linspace(0, count - 1, min(count, _COARSE))})
    pairs = [
        split[0] * singles[high] + split[1] * singles[low]
        for high, low in combinations(coarse, 2)
        for split in _SPLITS
    ]
    return np.vstack([singles, *pairs])


def _guess_rates(
    everything: Floats, reached: Integers, risk: float, learned: bool
) -> Iterator[tuple[Floats, float]]:
    """Guessed rates of disagreement between each threshold and the next higher one; weights."""
    odds = np.log(np.clip(everything, 1e-6, 1 - 1e-6) / np.clip(1 - everything, 1e-6, 1))
    more = np.maximum(np.diff(reached, prepend=0), 1)
    guesses = LEARNED_GUESSES if learned else RAW_GUESSES
    for scale, weight in guesses:
        running = np.concatenate([[0.0], np.cumsum(1 / (1 + np.exp(scale * odds)))])
        rates = np.diff(running[reached], prepend=0.0) / more
        yield NOISE + (1 - 2 * NOISE) * rates, weight
    rest = 1 - sum(weight for _, weight in guesses)
    for share, weight in FLAT_GUESSES:
        yield np.full(len(reached), share * risk), rest * weight


def _imagine(rates: Floats, items: Integers) -> Integers:
    """Errors at each threshold in imagined labels: one row an imagined set."""
    rng = np.random.default_rng(0)
    drawn = rng.binomial(np.diff(items, prepend=0), rates, size=(IMAGINED, len(items)))
    return np.cumsum(drawn, axis=1)


def _coverage(plans: Floats, passes: Booleans, coverage: Floats) -> Floats:
    """Mean coverage that each plan reaches over all imagined labels.

    `plans` has the axes plan, threshold; `passes` level, imagined set, threshold, with one level
    for each share of delta in `_LEVELS`, the first of which is none at all.
    """
    shape = (len(plans), passes.shape[1])
    carried, reached = np.zeros(shape), np.zeros(shape)
    for index, share in enumerate(coverage):
        carried += plans[:, index, None]
        level = np.searchsorted(_LEVELS, carried - 1e-9)
        passed = np.take_along_axis(passes[:, :, index], level, axis=0)
        reached = np.where(passed, share, reached)
        carried = np.where(passed, carried, 0.0)
    mean: Floats = reached.mean(axis=1)
    return mean
