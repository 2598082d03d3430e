import numpy as np
import pytest

from judging.people.more import (
    NEVER,
    choose_next,
    expected_gain,
    expected_information,
    is_enough,
    least_answers,
)

ITEMS = np.array([[0.5, 0.5], [0.6, 0.4], [0.95, 0.05], [1.0, 0.0]])


def test_one_answer_of_two_labels_in_closed_form():
    """The choice follows the answer where the answer is surer than the item, else nothing moves."""
    assert expected_gain(ITEMS, 0.8) == pytest.approx([0.3, 0.2, 0.0, 0.0])
    entropy = -(0.8 * np.log2(0.8) + 0.2 * np.log2(0.2))
    assert expected_information(ITEMS, 0.8)[0] == pytest.approx(1 - entropy)


def test_gain_is_what_simulated_answers_add():
    rng, prior, q = np.random.default_rng(0), np.array([0.5, 0.3, 0.2]), 0.7
    truth = rng.choice(3, size=200_000, p=prior)
    said = np.where(rng.random(truth.size) < q, truth, (truth + rng.integers(1, 3, truth.size)) % 3)
    says = np.full((3, 3), 0.15) + 0.55 * np.eye(3)
    chosen = (prior[:, None] * says).argmax(axis=0)[said]
    gained = (chosen == truth).mean() - prior.max()
    assert expected_gain(prior[None], q)[0] == pytest.approx(gained, abs=0.005)


def test_a_guess_tells_nothing_and_a_sure_item_needs_nothing():
    assert expected_information(ITEMS, 0.5) == pytest.approx(0)
    assert expected_information(ITEMS, 1.0)[3] == pytest.approx(0)
    assert (np.diff(expected_information(ITEMS, 0.8)) < 0).all()


@pytest.mark.parametrize(
    ("posterior", "target", "answers"),
    [(0.5, 0.8, 1), (0.5, 0.81, 2), (0.8, 0.8, 0), (0.2, 0.8, 2), (1.0, 0.9, 0)],
)
def test_answers_that_confirm_are_counted_by_their_odds(posterior, target, answers):
    assert least_answers(posterior, target, 0.8) == answers


def test_people_at_chance_never_reach_a_target():
    assert least_answers(0.6, 0.9, 0.5) == NEVER
    assert least_answers(0.6, 0.9, 1.0) == 1
    assert least_answers(0.4, 0.9, 0.5, labels=4) < 10
    with pytest.raises(ValueError, match="a target below 1"):
        least_answers(0.6, 1.0, 0.8)


def test_the_next_answers_go_where_they_tell_most():
    assert is_enough(ITEMS, 0.95).tolist() == [False, False, True, True]
    assert choose_next(ITEMS, 0.8, target=0.95, budget=5).tolist() == [0, 1]
    assert choose_next(ITEMS, 0.8, target=0.96, budget=1).tolist() == [0]
