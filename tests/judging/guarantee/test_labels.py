import numpy as np

from judging.guarantee.labels import cheapest, plan_labels
from judging.intervals import minimum_items

SURE = (np.random.default_rng(0).beta(8, 1, 1000) / 2 + 0.5).tolist()


def test_more_labels_buy_more_until_they_cost_more_than_they_save():
    purchases = plan_labels(SURE, 0.15, 0.1)
    assert purchases[0].labels == minimum_items(0.15, 0.1)
    assert purchases[-1].coverage > purchases[0].coverage
    best = cheapest(purchases)
    assert best.labels < purchases[-1].labels
    assert best.human_share == min(purchase.human_share for purchase in purchases)


def test_the_human_share_counts_labels_and_what_is_not_decided_alone():
    for purchase in plan_labels(SURE, 0.15, 0.1, sizes=(200,)):
        labelled = purchase.labels / 1000
        assert purchase.human_share == labelled + (1 - labelled) * (1 - purchase.coverage)


def test_a_batch_that_is_too_small_has_no_plan():
    assert plan_labels([0.9] * 5, 0.15, 0.1) == []
    assert cheapest([]) is None
