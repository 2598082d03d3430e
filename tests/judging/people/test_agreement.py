from itertools import combinations

import numpy as np
import pytest

from judging.people.agreement import compare_with_others, pairwise_agreement
from judging.people.answers import collect


def test_pairs_of_answers_are_counted(simulate):
    answers, _ = simulate([0.8] * 6, items=80, per_item=4, labels=3)
    pairs = [
        answers.labels[a] == answers.labels[b]
        for a, b in combinations(range(len(answers.items)), 2)
        if answers.items[a] == answers.items[b]
    ]
    found = pairwise_agreement(answers)
    assert (found.pairs, found.agreeing) == (len(pairs), sum(pairs))
    assert found.share == pytest.approx(np.mean(pairs))


def test_without_overlap_nothing_can_agree():
    answers = collect([("q1", "ada", "a"), ("q2", "eva", "a")])
    assert pairwise_agreement(answers).share is None
    assert compare_with_others(answers).ceiling is None


def test_each_answer_meets_the_majority_of_the_others():
    rng = np.random.default_rng(0)
    answers = collect(
        (str(rng.integers(40)), f"w{rng.integers(9)}", str(rng.integers(4))) for _ in range(200)
    )
    credits = compare_with_others(answers).credits
    for n, credit in enumerate(credits):
        others = (answers.items == answers.items[n]) & (np.arange(len(credits)) != n)
        votes = np.bincount(answers.labels[others], minlength=4)
        leaders = np.flatnonzero(votes == votes.max())
        expected = (answers.labels[n] in leaders) / len(leaders) if others.any() else np.nan
        assert credit == pytest.approx(expected, nan_ok=True)


def test_the_ceiling_of_two_is_their_agreement(simulate):
    answers, _ = simulate([0.9] * 5, items=200, per_item=2)
    others = compare_with_others(answers)
    assert others.ceiling == pytest.approx(pairwise_agreement(answers).share)
    credits, compared = others.by_worker(5)
    assert credits.sum() / compared.sum() == pytest.approx(others.ceiling)
