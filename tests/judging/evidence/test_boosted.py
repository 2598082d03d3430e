from dataclasses import replace

import numpy as np

from judging.evidence.boosted import Boosted
from judging.evidence.combine import BOOSTING_LABELS, combine
from judging.evidence.logistic import Logistic
from judging.evidence.signals import Signals


def longer_only(n, seed=0):
    """One judge that is right on items where A is longer and says the opposite on all others."""
    rng = np.random.default_rng(seed)
    odds, length = rng.normal(0, 2, n), rng.normal(0, 1, n)
    signals = Signals(
        names=("judge",),
        log_odds=odds[:, None],
        groups=tuple(map(str, range(n))),
        covariates=length[:, None],
        symmetric=False,
    )
    return signals, (odds > 0) == (length > 0)


def test_trees_see_what_a_weighted_sum_cannot():
    signals, first = longer_only(400)
    new, truth = longer_only(300, seed=1)
    right = {
        kind: ((kind().fit(signals, first).score(new) > 0) == truth).mean()
        for kind in (Boosted, Logistic)
    }
    assert right[Boosted] > 0.9
    assert right[Logistic] < 0.7


def test_trees_prefer_no_side(simulate):
    signals, first = simulate(200, 1.0, 0.5, silent=0.3)
    model = Boosted().fit(signals, first)
    mirrored = replace(signals, log_odds=-signals.log_odds)
    assert np.array_equal(model.score(mirrored), -model.score(signals))


def test_trees_are_tried_from_enough_labels_on():
    signals, first = longer_only(BOOSTING_LABELS)
    labels = {row: bool(holds) for row, holds in enumerate(first)}
    assert combine(signals, labels).comparison.kind == "boosted"
    del labels[0]
    assert combine(signals, labels).comparison.kind != "boosted"


def test_trees_are_not_chosen_where_a_sum_is_the_truth(simulate):
    signals, first = simulate(BOOSTING_LABELS, 0.5, 0.5)
    labels = {row: bool(holds) for row, holds in enumerate(first)}
    assert combine(signals, labels).comparison.kind != "boosted"
