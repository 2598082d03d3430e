"""CROWDLAB: a judge's probabilities and people's answers in one weighted mean.

H. W. Goh, U. Tkachenko, J. Mueller: CROWDLAB: Supervised learning to infer consensus labels and
quality scores for data with multiple annotators (2022), arXiv 2210.06812, sections 3 and 4. No
model of errors is fitted: everybody, the judge included, weighs by how much better he agrees with
the others than one who always says the commonest label.

    p(item) = (w_judge p_judge + sum_j w_j p_j) / (w_judge + sum_j w_j)

An answer is a distribution too: `trust` on the label said, the rest spread evenly, where `trust` is
how often people agree with the majority. Where people share too few items to tell, each one's
agreement is drawn towards that of `PERSON_ACCURACY` (not in the paper, which needs overlap).
"""

from dataclasses import dataclass

import numpy as np

from judging.intervals import Floats
from judging.people.accuracy import EXPERT_AGREEMENT, PERSON_ACCURACY
from judging.people.answers import Answers, Indices, choose
from judging.people.dawid_skene import normalise
from judging.people.posterior import Estimate

PSEUDO_ANSWERS = 4.0
"""How many comparisons the belief in a typical person weighs."""
LEAST_WEIGHT = 1e-4
"""Of those who agree no better than the commonest label; nobody's answer is thrown away."""
LEAST_CHANCE = 0.01
"""A judge that gives a label less is not believed more."""


@dataclass(frozen=True, slots=True, eq=False)
class Combined:
    """Labels by judge and people."""

    posteriors: Floats
    """(I, K)"""
    label_quality: Floats
    """(N,) of each answer: probability that the label said is right."""
    worker_weights: Floats
    """(W,)"""
    judge_weight: float
    trust: float
    """Chance that a label said by a person is right, before it is known who said it."""


def combine(answers: Answers, judged: Floats) -> Combined:
    """Combine the judge's probabilities (I, K) with people's answers.

    An item without answers has the judge's probabilities. Raises ValueError where the shapes differ
    or a row of the judge is no distribution.
    """
    items, workers, labels = answers.shape
    if judged.shape != (items, labels) or not np.allclose(judged.sum(axis=1), 1):
        raise ValueError(f"the judge gave {judged.shape}: give rows of chances {(items, labels)}")
    votes = answers.votes().toarray()
    majority = _majority(votes, judged)
    shared = votes.sum(axis=1) >= 2
    trust = _trust(answers, majority, shared)
    chance = _commonest(majority, shared)
    weights = _weigh(_agreement(answers, votes, workers), chance)
    right = (choose(judged) == majority)[shared]
    judge_agreement = _shrink(right.sum(), len(right), PERSON_ACCURACY)
    per_item = np.sqrt(max(len(answers.items), 1) / max(items, 1))
    judge_weight = float(_weigh(np.array(judge_agreement), chance) * per_item)
    posteriors = _mean(answers, judged, weights, judge_weight, trust)
    quality = posteriors[answers.items, answers.labels]
    return Combined(posteriors, quality, weights, judge_weight, trust)


def multiply(people: Estimate, judged: Floats) -> Floats:
    """(I, K) posteriors where the judge's probabilities and people's answers are multiplied.

    Sharper than `combine`, and better where the judge is calibrated and errs on other items than
    people do; where it is too sure of itself, it outvotes everybody. Chances of the judge below
    `LEAST_CHANCE` count as that.
    """
    priors = np.log(people.class_priors)
    judge = np.log(np.maximum(judged, LEAST_CHANCE))
    said = np.log(np.maximum(people.posteriors, np.finfo(np.float64).tiny))
    return normalise(said + judge - priors)


def _majority(votes: Floats, judged: Floats) -> Indices:
    """(I,) the label most people say; the judge breaks ties, as in the paper."""
    return choose(votes + 0.5 * judged)


def _trust(answers: Answers, majority: Indices, shared: Indices) -> float:
    """Mean over shared items of the share of answers that say the majority's label."""
    agreeing = answers.labels == majority[answers.items]
    size = len(majority)
    totals = np.bincount(answers.items, minlength=size)
    shares = np.bincount(answers.items, agreeing, size) / np.maximum(totals, 1)
    return float(_shrink(shares[shared].sum(), int(shared.sum()), PERSON_ACCURACY))


def _commonest(majority: Indices, shared: Indices) -> float:
    """How often one is right who always says the commonest label."""
    seen = majority[shared] if shared.any() else majority
    return float(np.bincount(seen).max() / len(seen))


def _agreement(answers: Answers, votes: Floats, workers: int) -> Floats:
    """(W,) how often each person says what another person says, shrunk."""
    others = votes.sum(axis=1)[answers.items] - 1
    same = votes[answers.items, answers.labels] - 1
    agreeing = np.bincount(answers.workers, same, workers).astype(np.float64)
    compared = np.bincount(answers.workers, others, workers).astype(np.float64)
    return _shrink(agreeing, compared, EXPERT_AGREEMENT)


def _shrink(successes: Floats, trials: Floats | int, belief: float) -> Floats:
    shrunk: Floats = (successes + PSEUDO_ANSWERS * belief) / (trials + PSEUDO_ANSWERS)
    return shrunk


def _weigh(agreement: Floats, chance: float) -> Floats:
    """How much better than the commonest label: 1 is perfect, 0 no better."""
    excess = 1 - (1 - agreement) / max(1 - chance, LEAST_WEIGHT)
    return np.maximum(excess, LEAST_WEIGHT)


def _mean(
    answers: Answers, judged: Floats, weights: Floats, judge_weight: float, trust: float
) -> Floats:
    items, _, labels = answers.shape
    said = np.zeros((items, labels))
    weight = weights[answers.workers]
    np.add.at(said, (answers.items, answers.labels), weight)
    total = np.bincount(answers.items, weight, items)[:, None]
    rest = (1 - trust) / max(labels - 1, 1)
    people = trust * said + rest * (total - said)
    mean: Floats = (judge_weight * judged + people) / (judge_weight + total)
    return mean
