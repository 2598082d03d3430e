"""Judges that are simulated: how sure they are, and how often they are right, is known."""

import numpy as np
import pytest

from judging.evidence.signals import from_columns


@pytest.fixture
def simulate():
    """Judges of n items, surer than they are right; of skill s one is right with Phi(s)."""

    def build(n, *skills, seed=0, silent=0.0, **options):
        rng = np.random.default_rng(seed)
        first = rng.random(n) < 0.5
        columns = {}
        for number, skill in enumerate(skills):
            odds = 3 * (skill * np.where(first, 1.0, -1.0) + rng.normal(0, 1, n))
            p = 1 / (1 + np.exp(-odds))
            columns[f"judge {number}"] = np.where(rng.random(n) < silent, np.nan, p).tolist()
        groups = options.pop("groups", [str(i) for i in range(n)])
        return from_columns(columns, groups, **options), first

    return build
