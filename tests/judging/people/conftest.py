"""Simulated crowds whose truth is known."""

import numpy as np
import pytest

from judging.people.answers import collect


@pytest.fixture
def simulate():
    """Answers of people with given accuracies, and the (I,) truth; errors are spread evenly."""

    def build(accuracies, *, items=300, per_item=3, labels=2, seed=0, truth=None):
        rng = np.random.default_rng(seed)
        truth = rng.integers(labels, size=items) if truth is None else truth
        rows = []
        for item in range(items):
            for worker in rng.choice(len(accuracies), size=per_item, replace=False):
                right = rng.random() < accuracies[worker]
                said = truth[item] if right else (truth[item] + rng.integers(1, labels)) % labels
                rows.append((f"i{item:04}", f"w{worker:02}", str(said)))
        return collect(rows, labels=map(str, range(labels))), truth

    return build
