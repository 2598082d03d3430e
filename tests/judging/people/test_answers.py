import numpy as np
import pytest

from judging.people.answers import are_tied, choose, collect, gold_indices

ROWS = [("q2", "eva", "10"), ("q1", "ada", "9"), ("q2", "ada", "10"), ("q2", "ada", "9")]


def test_rows_become_indices_with_sorted_labels_and_people():
    answers = collect(ROWS)
    assert answers.item_names == ("q2", "q1")
    assert answers.worker_names == ("ada", "eva")
    assert answers.label_names == ("9", "10")  # numbers by size
    assert answers.votes().toarray().tolist() == [[1, 2], [1, 0]]


def test_words_are_sorted_by_the_alphabet():
    assert collect([("q", "ada", "no"), ("q", "eva", "10")]).label_names == ("10", "no")


def test_no_answers_are_answers_too():
    assert collect([], labels=["a"]).shape == (0, 0, 1)


def test_two_answers_of_one_person_are_one_person():
    assert collect(ROWS).people_per_item().tolist() == [2, 1]


def test_a_part_of_the_items_keeps_people_and_labels():
    part = collect(ROWS).of_items(np.array([False, True]))
    assert part.item_names == ("q1",)
    assert part.items.tolist() == [0]
    assert part.worker_names[part.workers[0]] == "ada"
    assert part.label_names[part.labels[0]] == "9"


def test_gold_is_found_by_item_and_must_be_a_label():
    answers = collect(ROWS, labels=["11"])
    assert gold_indices(answers, {"q1": "11", "elsewhere": "9"}).tolist() == [-1, 2]
    with pytest.raises(ValueError, match="gold label 'x' is none of"):
        gold_indices(answers, {"q1": "x"})


def test_of_equal_scores_the_first_label_wins_whatever_rounding_did():
    scores = np.array([[0.3, 0.1 + 0.2, 0.4 - 0.1], [0.1, 0.5, 0.4]])
    assert choose(scores).tolist() == [0, 1]
    assert are_tied(scores).tolist() == [True, False]
