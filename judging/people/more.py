"""Is one more answer worth it? What it would add to what is known of an item.

A worker of accuracy q says the true label with chance q, each other one with (1 - q) / (K - 1).
"""

from math import ceil, log

import numpy as np

from judging.intervals import Booleans, Floats
from judging.people.answers import Indices

NEVER = 2**31
"""Answers needed of people who know nothing."""


def is_enough(posteriors: Floats, target: float) -> Booleans:
    """(I,) whether the likeliest label of each item (I, K) has reached the target probability."""
    reached: Booleans = posteriors.max(axis=1) >= target
    return reached


def expected_gain(posteriors: Floats, accuracy: float) -> Floats:
    """(I,) by how much one more answer raises the chance that the chosen label is right.

    0 where no single answer can change the choice, which is not to say that two could not:
    `expected_information` tells items apart there too.
    """
    joint = _joint(posteriors, accuracy)
    gain: Floats = joint.max(axis=1).sum(axis=1) - posteriors.max(axis=1)
    return np.maximum(gain, 0.0)


def expected_information(posteriors: Floats, accuracy: float) -> Floats:
    """(I,) bits that one more answer tells of the label: mutual information, never negative."""
    joint = _joint(posteriors, accuracy)
    marginal = joint.sum(axis=1)
    gained = _entropy(posteriors, axis=1) + _entropy(marginal, axis=1) - _entropy(joint, (1, 2))
    return np.maximum(gained, 0.0)


def least_answers(posterior: float, target: float, accuracy: float, labels: int = 2) -> int:
    """Answers that reach the target if all of them confirm the likeliest label; 0 where it has.

    Against the next label each answer multiplies the odds by q (K - 1) / (1 - q). `NEVER` where
    people are no better than chance. Raises ValueError for a target that no number reaches.
    """
    if not 0 < posterior <= 1 or not 0 < target < 1:
        raise ValueError(
            f"from {posterior} to {target}: probabilities are above 0, a target below 1"
        )
    if posterior >= target:
        return 0
    factor = accuracy * (labels - 1) / (1 - accuracy) if accuracy < 1 else float("inf")
    if factor <= 1:
        return NEVER
    distance = log(target / (1 - target)) - log(posterior / (1 - posterior))
    return max(1, ceil(distance / log(factor) - 1e-12))


def choose_next(posteriors: Floats, accuracy: float, target: float, budget: int) -> Indices:
    """Indices of the items that one more answer helps most, the best first.

    Items that have reached the target are left alone; of equal gains the less certain item comes
    first, then the earlier one.
    """
    open_items = np.flatnonzero(~is_enough(posteriors, target))
    gains = expected_information(posteriors[open_items], accuracy)
    certainty = posteriors[open_items].max(axis=1)
    order = np.lexsort((open_items, certainty, -gains))
    chosen: Indices = open_items[order[:budget]]
    return chosen


def _joint(posteriors: Floats, accuracy: float) -> Floats:
    """(I, K, K): chance of each truth (middle) together with each answer (last)."""
    labels = posteriors.shape[1]
    says = np.full((labels, labels), (1 - accuracy) / max(labels - 1, 1))
    np.fill_diagonal(says, accuracy)
    joint: Floats = posteriors[:, :, None] * says
    return joint


def _entropy(chances: Floats, axis: int | tuple[int, int]) -> Floats:
    safe = np.where(chances > 0, chances, 1.0)
    bits: Floats = -(chances * np.log2(safe)).sum(axis=axis)
    return bits
