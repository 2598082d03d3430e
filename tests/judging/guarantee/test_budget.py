import numpy as np

from judging.guarantee.budget import choose_labels


def test_the_most_uncertain_items_come_first():
    assert choose_labels(np.array([0.9, 0.52, 0.3, 0.99]), 2) == [1, 2]


def test_weights_count():
    p = np.array([0.6, 0.5, 0.95])
    assert choose_labels(p, 1, weights=np.array([1.0, 0.1, 1.0])) == [0]


def test_what_is_labelled_is_not_bought_again():
    p = np.array([0.5, 0.6, 0.7])
    assert choose_labels(p, 5, taken=[0]) == [1, 2]


def test_a_choice_spreads_over_what_differs():
    """Two heaps of equals, one a little more uncertain: one of each is worth more than twins."""
    p = np.array([0.50, 0.50, 0.55, 0.55])
    embeddings = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    assert set(choose_labels(p, 2)) == {0, 1}
    assert {row // 2 for row in choose_labels(p, 2, embeddings=embeddings)} == {0, 1}


def test_an_uncertain_neighbourhood_makes_an_item_worth_more():
    p = np.array([0.6, 0.6, 0.62, 0.62, 0.62])
    lonely, crowd = [1.0, 0.0], [0.0, 1.0]
    embeddings = np.array([lonely, crowd, crowd, crowd, crowd])
    assert choose_labels(p, 1, embeddings=embeddings) == [1]


def test_neighbours_of_labelled_items_lose_worth():
    p = np.array([0.5, 0.5, 0.5])
    embeddings = np.array([[1.0, 0], [1, 0], [0, 1]])
    assert choose_labels(p, 1, embeddings=embeddings, taken=[0]) == [2]


def test_no_budget_buys_nothing():
    assert choose_labels(np.array([0.5]), 0) == []
