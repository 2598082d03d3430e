import numpy as np
import pytest

from judging.people.answers import choose, collect
from judging.people.dawid_skene import Beliefs, fit_dawid_skene, smooth

POOL = [0.95, 0.9, 0.85, 0.8, 0.7, 0.6]


def by_definition(answers, iterations):
    """The algorithm of the paper, section 3, with plain loops and products."""
    items, workers, labels = answers.shape
    p = answers.votes().toarray()
    p /= p.sum(axis=1, keepdims=True)
    for _ in range(iterations + 1):
        priors, confusion = p.mean(axis=0), np.zeros((workers, labels, labels))
        for i, w, said in zip(answers.items, answers.workers, answers.labels, strict=True):
            confusion[w, :, said] += p[i]
        confusion /= confusion.sum(axis=2, keepdims=True)
        before, p = p, np.tile(priors, (items, 1))
        for i, w, said in zip(answers.items, answers.workers, answers.labels, strict=True):
            p[i] *= confusion[w, :, said]
        likelihood = np.log(p.sum(axis=1)).sum()
        p /= p.sum(axis=1, keepdims=True)
    return before, confusion, likelihood


def test_it_is_the_algorithm_of_the_paper(simulate):
    answers, _ = simulate(POOL, items=60, labels=3, per_item=5)
    fitted = fit_dawid_skene(answers, iterations=7, tolerance=-np.inf)
    posteriors, confusion, _ = by_definition(answers, 7)
    assert fitted.posteriors == pytest.approx(posteriors, abs=1e-8)
    assert fitted.confusions == pytest.approx(confusion, abs=1e-8)
    assert fitted.log_likelihood == pytest.approx(by_definition(answers, 6)[2])
    assert (fitted.iterations, fitted.converged) == (7, False)


def test_the_likelihood_never_falls(simulate):
    answers, _ = simulate(POOL)
    told = [
        fit_dawid_skene(answers, iterations=n, tolerance=-np.inf).log_likelihood
        for n in range(1, 15)
    ]
    assert np.diff(told).min() > -1e-9


def test_many_answers_find_the_truth_and_how_good_people_are(simulate):
    answers, truth = simulate(POOL, items=2000, per_item=6)
    fitted = fit_dawid_skene(answers)
    assert fitted.converged
    right = (choose(fitted.posteriors) == truth).mean()
    majority = (choose(answers.votes().toarray()) == truth).mean()
    assert right > majority
    assert fitted.accuracies() == pytest.approx(POOL, abs=0.04)


def test_confusions_are_found_per_label(simulate):
    rng = np.random.default_rng(3)
    truth = rng.integers(2, size=1500)
    answers, _ = simulate([0.9] * 4, items=1500, per_item=4, truth=truth)
    rows = [
        (answers.item_names[i], answers.worker_names[w], answers.label_names[k])
        for i, w, k in zip(answers.items, answers.workers, answers.labels, strict=True)
    ]
    timid = [
        (f"i{n:04}", "w99", "1" if t and rng.random() < 0.5 else "0") for n, t in enumerate(truth)
    ]
    fitted = fit_dawid_skene(collect(rows + timid))
    assert fitted.confusions[-1] == pytest.approx(np.array([[1, 0], [0.5, 0.5]]), abs=0.06)


def test_gold_says_what_the_labels_mean(simulate):
    answers, truth = simulate([0.2, 0.25, 0.3], items=400)  # worse than chance: labels swap
    misled = choose(fit_dawid_skene(answers).posteriors) == truth
    gold = np.where(np.arange(400) < 100, truth, -1)
    anchored = fit_dawid_skene(answers, gold=gold)
    assert (choose(anchored.posteriors)[:100] == truth[:100]).all()
    assert misled[100:].mean() < 0.4
    assert (choose(anchored.posteriors) == truth)[100:].mean() > 0.8


def test_smoothing_keeps_a_chance_for_what_was_never_said():
    answers = collect([("q1", "ada", "a"), ("q2", "ada", "a")], labels=["b"])
    fitted = fit_dawid_skene(answers, beliefs=smooth(2, 0.5))
    assert 0 < fitted.confusions[0, 0, 1] < 0.5


def test_a_history_makes_one_person_believed(simulate):
    answers = collect([("q1", "ada", "a"), ("q1", "eva", "b")])
    history = np.stack([np.eye(2) * 90 + 5, np.eye(2) * 10 + 45])
    posteriors = fit_dawid_skene(answers, beliefs=Beliefs(history, classes=50)).posteriors
    assert posteriors[0, 0] > 0.85


def test_nothing_to_fit_is_said():
    with pytest.raises(ValueError, match="no answers"):
        fit_dawid_skene(collect([]))
