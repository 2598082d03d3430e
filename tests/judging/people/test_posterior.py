import numpy as np
import pytest

from judging.people.accuracy import PERSON_ACCURACY
from judging.people.answers import Answers, choose, collect
from judging.people.dawid_skene import fit_dawid_skene
from judging.people.one_coin import fit_one_coin, spread_errors
from judging.people.posterior import estimate

POOL = [0.95, 0.9, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6]


def test_a_lone_answer_has_the_accuracy_of_a_person(simulate):
    answers, _ = simulate(POOL, per_item=1, labels=3)
    found = estimate(answers)
    sure = found.posteriors[answers.items, answers.labels]
    assert sure == pytest.approx(PERSON_ACCURACY)
    assert found.accuracies == pytest.approx(PERSON_ACCURACY)
    assert estimate(answers, accuracy=0.7).posteriors.max(axis=1) == pytest.approx(0.7)


def test_two_people_who_agree_are_surer_than_one():
    rows = [("q1", "ada", "a"), ("q1", "eva", "a"), ("q2", "ada", "a"), ("q3", "ada", "b")]
    sure = estimate(collect(rows, labels=["b"])).posteriors.max(axis=1)
    assert sure[0] > 0.97
    assert sure[1] == pytest.approx(PERSON_ACCURACY, abs=0.03)
    assert sure.max() < 1


def test_few_answers_are_worth_more_than_the_majority(simulate):
    """Where the plain model is worse than the majority, on average of twenty crowds."""
    right = {"majority": [], "plain": [], "priors": []}
    for seed in range(20):
        answers, truth = simulate(POOL, items=60, per_item=2, labels=3, seed=seed)
        scores = {
            "majority": answers.votes().toarray(),
            "plain": fit_dawid_skene(answers).posteriors,
            "priors": estimate(answers).posteriors,
        }
        for name, score in scores.items():
            right[name].append((choose(score) == truth).mean())
    assert np.mean(right["priors"]) > np.mean(right["majority"]) + 0.02
    assert np.mean(right["plain"]) < np.mean(right["majority"])


def test_probabilities_mean_what_they_say(simulate):
    answers, truth = simulate(POOL, items=4000, per_item=3)
    posteriors = estimate(answers).posteriors
    said, sure = choose(posteriors) == truth, posteriors.max(axis=1)
    for low, high in ((0.5, 0.8), (0.8, 0.9), (0.9, 0.97), (0.97, 1.0)):
        inside = (sure >= low) & (sure < high)
        assert said[inside].mean() == pytest.approx(sure[inside].mean(), abs=0.06)


def test_many_answers_teach_as_much_as_the_plain_model(simulate):
    answers, _ = simulate(POOL, items=3000, per_item=7)
    fitted, found = fit_dawid_skene(answers), estimate(answers)
    assert (choose(fitted.posteriors) != choose(found.posteriors)).mean() < 0.01
    assert found.accuracies == pytest.approx(POOL, abs=0.03)


def test_the_interval_of_an_accuracy_holds_it(simulate):
    answers, _ = simulate(POOL, items=400, per_item=5)
    low, high = estimate(answers).accuracy_bounds(0.01)
    assert ((low <= POOL) & (high >= POOL)).all()
    unknown = estimate(collect([("q", "ada", "a")], labels=["b"]))
    low, high = unknown.accuracy_bounds(0.05)
    assert (low[0], high[0]) == pytest.approx((0.70, 0.99), abs=0.02)  # Beta(14.3, 1.7)


def test_gold_shows_who_is_wrong_without_any_overlap(simulate):
    answers, truth = simulate([0.95, 0.55], items=400, per_item=1)
    gold = np.where(np.arange(400) < 200, truth, -1)
    found = estimate(answers, gold=gold)
    assert (choose(found.posteriors)[:200] == truth[:200]).all()
    assert found.accuracies == pytest.approx([0.95, 0.55], abs=0.08)
    assert found.learnt.sum() == 200
    later = found.posteriors[200:].max(axis=1)
    assert later[answers.workers[200:] == 0].mean() > later[answers.workers[200:] == 1].mean() + 0.2


def test_one_possible_label_is_no_question():
    with pytest.raises(ValueError, match="1 label known"):
        estimate(collect([("q", "ada", "a")]))


def test_one_coin_finds_how_often_people_are_right(simulate):
    answers, truth = simulate(POOL, items=3000, per_item=5, labels=4)
    fitted = fit_one_coin(answers)
    assert fitted.accuracies == pytest.approx(POOL, abs=0.03)
    assert fitted.pool_accuracy == pytest.approx(np.mean(POOL), abs=0.02)
    assert (choose(fitted.posteriors) == truth).mean() > 0.95


def test_errors_are_spread_over_the_other_labels():
    matrix = spread_errors(np.array([0.7]), 4)[0]
    assert matrix.diagonal() == pytest.approx(0.7)
    assert matrix.sum(axis=1) == pytest.approx(1)
    assert matrix[0, 1:] == pytest.approx(0.1)


def test_renaming_the_labels_changes_nothing(simulate):
    answers, _ = simulate(POOL, items=100, labels=3)
    turned = Answers(
        answers.items,
        answers.workers,
        2 - answers.labels,
        answers.item_names,
        answers.worker_names,
        answers.label_names,
    )
    assert estimate(turned).posteriors[:, ::-1] == pytest.approx(estimate(answers).posteriors)
