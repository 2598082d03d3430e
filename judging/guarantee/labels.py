"""How many labels would do: what more labels would buy, told before they are paid for."""

from collections.abc import Sequence

import numpy as np

from ingot.records import Model
from judging.guarantee.design import plan_tests
from judging.guarantee.promise import Promise
from judging.intervals import Floats, minimum_items

SIZES = (25, 50, 100, 150, 200, 300, 500, 800, 1200, 2000)


class Purchase(Model):
    """What a number of labels is expected to buy."""

    labels: int
    coverage: float
    """Expected share of all items that the judge may decide alone."""
    human_share: float
    """Expected share of all items that people label, the calibration included."""


def plan_labels(
    confidences: Sequence[float],
    target_risk: float,
    delta: float,
    *,
    sizes: Sequence[int] = SIZES,
    promise: Promise = "batch",
    learned: bool = False,
) -> list[Purchase]:
    """The expected coverage for each number of labels, under the guesses of `design`.

    Sizes larger than the batch are left out. A batch smaller than the least size that can pass
    gives an empty list.
    """
    everything: Floats = -np.sort(-np.array(confidences, dtype=float))
    least = minimum_items(target_risk, delta)
    wanted = sorted({least, *sizes})
    return [
        _purchase(everything, labels, target_risk, delta, promise, learned)
        for labels in wanted
        if least <= labels <= len(everything)
    ]


def cheapest(purchases: Sequence[Purchase]) -> Purchase | None:
    """The purchase that leaves people the least to do; None where there is none."""
    return min(purchases, key=lambda purchase: purchase.human_share, default=None)


def _purchase(
    everything: Floats, labels: int, risk: float, delta: float, promise: Promise, learned: bool
) -> Purchase:
    plan = plan_tests(everything, labels, risk, delta, promise=promise, learned=learned)
    labelled = labels / len(everything)
    human = labelled + (1 - labelled) * (1 - plan.coverage)
    return Purchase(labels=labels, coverage=plan.coverage, human_share=human)
