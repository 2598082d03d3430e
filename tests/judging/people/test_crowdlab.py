import numpy as np
import pytest

from judging.people.answers import choose, collect
from judging.people.crowdlab import combine, multiply
from judging.people.dawid_skene import normalise
from judging.people.posterior import estimate

POOL = np.linspace(0.5, 0.95, 20)


def judge(truth, labels, strength, seed):
    """A calibrated judge: logits of normal noise, the true label lifted (linear discriminant)."""
    scores = np.random.default_rng(seed).normal(size=(len(truth), labels))
    scores[np.arange(len(truth)), truth] += strength
    return normalise(strength * scores)


def right(scores, truth):
    return (choose(scores) == truth).mean()


@pytest.mark.parametrize("per_item", [1, 2, 3])
def test_judge_and_people_together_beat_each_alone(simulate, per_item):
    shares = []
    for seed in range(8):
        answers, truth = simulate(POOL, items=400, per_item=per_item, labels=3, seed=seed)
        judged = judge(truth, 3, 1.5, seed + 100)
        posteriors = combine(answers, judged).posteriors
        assert posteriors.sum(axis=1) == pytest.approx(1)
        together = (posteriors, multiply(estimate(answers), judged))
        alone = (answers.votes().toarray(), judged)
        shares.append([right(scores, truth) for scores in (*together, *alone)])
    combined, product, majority, judge_alone = np.mean(shares, axis=0)
    assert min(combined, product) > max(majority, judge_alone) + 0.01


def test_a_judge_that_guesses_hardly_counts(simulate):
    answers, truth = simulate(POOL, items=600)
    useless = np.random.default_rng(0).dirichlet([1, 1], size=600)
    found = combine(answers, useless)
    good = combine(answers, judge(truth, 2, 2.5, 1))
    assert found.judge_weight < 0.3 * good.judge_weight
    assert right(found.posteriors, truth) > right(answers.votes().toarray(), truth) - 0.02


def test_better_people_weigh_more_and_wrong_labels_score_low(simulate):
    answers, truth = simulate(POOL, items=2000, per_item=4)
    found = combine(answers, judge(truth, 2, 0.5, 7))
    assert found.worker_weights[-5:].min() > found.worker_weights[5:10].max()
    assert found.worker_weights[5:10].min() > found.worker_weights[:3].max()
    is_right = answers.labels == truth[answers.items]
    assert found.label_quality[is_right].mean() > found.label_quality[~is_right].mean() + 0.15


def test_an_item_without_answers_has_the_judge_s_chances():
    answers = collect([("q1", "ada", "a"), ("q1", "eva", "b")])
    answers = answers.of_items(np.array([True]))
    widened = type(answers)(
        answers.items,
        answers.workers,
        answers.labels,
        ("q1", "q2"),
        answers.worker_names,
        answers.label_names,
    )
    judged = np.array([[0.6, 0.4], [0.3, 0.7]])
    assert combine(widened, judged).posteriors[1] == pytest.approx(judged[1])


@pytest.mark.parametrize("judged", [np.full((1, 3), 1 / 3), np.array([[0.9, 0.3]])])
def test_what_is_no_distribution_is_refused(judged):
    answers = collect([("q1", "ada", "a"), ("q1", "eva", "b")])
    with pytest.raises(ValueError, match="give rows of chances"):
        combine(answers, judged)
