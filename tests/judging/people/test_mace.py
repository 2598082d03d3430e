import numpy as np
import pytest

from judging.people.answers import Answers, choose, collect
from judging.people.mace import fit_mace


def by_definition(answers, competence, strategies):
    """Section 3.1 of the paper: the chance of all answers, with plain loops."""
    items, _, labels = answers.shape
    joint = np.full((items, labels), 1 / labels)
    for i, w, said in zip(answers.items, answers.workers, answers.labels, strict=True):
        for truth in range(labels):
            knows = competence[w] * (said == truth)
            joint[i, truth] *= knows + (1 - competence[w]) * strategies[w, said]
    return joint


def test_posteriors_and_likelihood_are_those_of_the_model(simulate):
    answers, _ = simulate([0.9, 0.8, 0.6], items=40, labels=3)
    fitted = fit_mace(answers, method="em", iterations=400, restarts=1)
    joint = by_definition(answers, fitted.competence, fitted.strategies)
    assert fitted.posteriors == pytest.approx(joint / joint.sum(axis=1, keepdims=True), abs=1e-6)
    assert fitted.log_likelihood == pytest.approx(np.log(joint.sum(axis=1)).sum())


@pytest.mark.parametrize("method", ["vb", "em"])
def test_those_who_only_click_are_found(simulate, method):
    knowing = [0.95] * 6
    answers, truth = simulate([*knowing, 0.5, 0.5], items=500, per_item=4)
    always = np.isin(answers.workers, [6, 7])
    answers = Answers(
        answers.items,
        answers.workers,
        np.where(always, 0, answers.labels),
        answers.item_names,
        answers.worker_names,
        answers.label_names,
    )
    fitted = fit_mace(answers, method=method)
    assert fitted.competence[:6].min() > 0.75
    assert fitted.competence[6:].max() < 0.25
    assert fitted.strategies[6:, 0].min() > 0.8
    assert (choose(fitted.posteriors) == truth).mean() > 0.95


def test_the_best_of_several_starts_is_kept(simulate):
    answers, _ = simulate([0.9, 0.7, 0.6, 0.55], items=60, per_item=3)
    starts = [fit_mace(answers, restarts=1, seed=seed).log_likelihood for seed in range(5)]
    kept = fit_mace(answers, restarts=5)
    assert kept.log_likelihood == max(starts)
    assert starts[kept.restart] == max(starts)


def test_known_labels_stay_and_turn_a_misled_majority():
    """Three who always say 0 outvote two who know; gold tells who is who."""
    rng = np.random.default_rng(0)
    truth = rng.integers(2, size=200)
    rows = [(f"i{n}", f"good{w}", str(truth[n])) for n in range(200) for w in range(2)]
    rows += [(f"i{n}", f"bad{w}", "0") for n in range(200) for w in range(3)]
    answers = collect(rows)
    gold = np.where(np.arange(200) < 40, truth, -1)
    fitted = fit_mace(answers, gold=gold)
    assert (choose(fitted.posteriors) == truth).all()
    assert (fitted.posteriors[np.arange(40), truth[:40]] == 1).all()


def test_with_known_labels_the_likelihood_is_that_of_both(simulate):
    answers, truth = simulate([0.9, 0.8, 0.6], items=30)
    gold = np.where(np.arange(30) % 3 == 0, truth, -1)
    fitted = fit_mace(answers, method="em", gold=gold, iterations=300, restarts=1)
    joint = by_definition(answers, fitted.competence, fitted.strategies)
    chances = np.where(gold >= 0, joint[np.arange(30), gold], joint.sum(axis=1))
    assert fitted.log_likelihood == pytest.approx(np.log(chances).sum())


def test_the_order_of_the_rows_does_not_matter(simulate):
    answers, _ = simulate([0.9, 0.7, 0.6], items=50)
    rows = [
        (answers.item_names[i], answers.worker_names[w], answers.label_names[k])
        for i, w, k in zip(answers.items, answers.workers, answers.labels, strict=True)
    ]
    turned = fit_mace(collect(rows[::-1]))
    assert turned.posteriors[::-1] == pytest.approx(fit_mace(answers).posteriors)


def test_a_thousand_answers_to_one_item_do_not_underflow():
    answers = collect([("q", f"w{n}", "a" if n % 3 else "b") for n in range(3000)])
    assert np.isfinite(fit_mace(answers, restarts=1).posteriors).all()


def test_nothing_to_fit_is_said():
    with pytest.raises(ValueError, match="no answers"):
        fit_mace(collect([]))
