from math import sqrt

import numpy as np
import pytest

from judging.guarantee.cascade import Stage, certify_cascade

N = 1000


def stages(rng, good=0.02, dear_good=0.03):
    """A cheap judge that is right on its surest items, a dear one that is right on most."""
    truth = rng.random(N) < 0.5
    cheap, dear = rng.uniform(0.5, 1, N), rng.uniform(0.5, 1, N)
    cheap_wrong = rng.random(N) < np.where(cheap > 0.75, good, 0.4)
    dear_wrong = rng.random(N) < np.where(dear > 0.6, dear_good, 0.4)
    return truth, [
        Stage("cheap", cheap, truth ^ cheap_wrong, cost=1.0),
        Stage("dear", dear, truth ^ dear_wrong, cost=20.0),
    ]


def labels_of(truth, rng, count=300):
    return {int(row): bool(truth[row]) for row in rng.choice(N, count, replace=False)}


def test_a_cascade_decides_more_than_its_first_judge_and_costs_less_than_its_last():
    rng = np.random.default_rng(1)
    truth, both = stages(rng)
    labels = labels_of(truth, rng)
    whole = certify_cascade(both, labels, 0.15, 0.1)
    alone = certify_cascade(both[:1], labels, 0.15, 0.1)
    assert whole.coverage > alone.coverage > 0.2
    assert set(whole.decided_by) == {"cheap", "dear", ""}
    assert N < whole.cost < 21 * N
    assert whole.thresholds["cheap"] > 0.5


def test_the_cheapest_judge_that_is_sure_decides():
    rng = np.random.default_rng(2)
    truth, both = stages(rng)
    cascade = certify_cascade(both, labels_of(truth, rng), 0.15, 0.1)
    for row, name in enumerate(cascade.decided_by):
        if both[0].confidences[row] >= cascade.thresholds["cheap"]:
            assert name == "cheap"


@pytest.mark.parametrize(("good", "dear_good"), [(0.02, 0.03), (0.2, 0.14), (0.4, 0.4)])
def test_one_promise_holds_for_the_whole_cascade(good, dear_good):
    rng, broken, draws = np.random.default_rng(3), 0, 100
    for _ in range(draws):
        truth, both = stages(rng, good, dear_good)
        labels = labels_of(truth, rng, 200)
        cascade = certify_cascade(both, labels, 0.15, 0.1)
        says = {stage.name: stage.says_first for stage in both}
        alone = [
            says[name][row] != truth[row]
            for row, name in enumerate(cascade.decided_by)
            if name and row not in labels
        ]
        broken += bool(alone) and np.mean(alone) > 0.15
    assert broken / draws <= 0.1 + 3 * sqrt(0.09 / draws)


def test_useless_judges_leave_all_to_people():
    rng = np.random.default_rng(4)
    truth, both = stages(rng, 0.4, 0.4)
    cascade = certify_cascade(both, labels_of(truth, rng), 0.15, 0.1)
    assert cascade.coverage == 0
    assert cascade.thresholds == {"cheap": None, "dear": None}
    assert cascade.cost == 21 * N


def test_a_judge_without_a_verdict_hands_the_item_on():
    rng = np.random.default_rng(5)
    truth, both = stages(rng)
    both[0].confidences[:] = np.nan
    cascade = certify_cascade(both, labels_of(truth, rng), 0.15, 0.1)
    assert "dear" in cascade.decided_by
    assert "cheap" not in cascade.decided_by


def test_stages_of_different_items_are_refused():
    rng = np.random.default_rng(6)
    _, both = stages(rng)
    other = Stage("other", np.full(3, 0.9), np.ones(3, dtype=bool))
    with pytest.raises(ValueError, match="same items"):
        certify_cascade([both[0], other], {}, 0.15, 0.1)
