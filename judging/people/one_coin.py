"""One number per person: how often he is right, whatever is true, with errors spread evenly.

The one-coin model (Y. Zhang, X. Chen, D. Zhou, M. I. Jordan: Spectral methods meet EM, JMLR 17
(2016), arXiv 1406.3824, section 2) with a belief about people, fitted by expectation-maximisation;
all labels are equally likely before. Few answers can bear no more parameters than these.
"""

from dataclasses import dataclass

import numpy as np

from judging.intervals import Floats
from judging.people.accuracy import PERSON_ACCURACY
from judging.people.answers import Answers, Indices
from judging.people.dawid_skene import normalise, settle

ITERATIONS, TOLERANCE = 200, 1e-7
PERSON_ANSWERS = 16.0
"""Pseudo-answers of the pool's accuracy in each person's: of 8, 16 and 32 the best on subsamples of
nine public sets, by a little."""
POOL_ANSWERS = 50.0
"""Pseudo-answers of the accuracy that is expected of a person, in the pool's."""
CERTAIN = 1e-6
"""No accuracy is nearer to 0 or 1."""


@dataclass(frozen=True, slots=True, eq=False)
class OneCoin:
    """A fitted model."""

    posteriors: Floats
    """(I, K)"""
    accuracies: Floats
    """(W,)"""
    pool_accuracy: float


def fit_one_coin(
    answers: Answers, *, known: Indices | None = None, accuracy: float = PERSON_ACCURACY
) -> OneCoin:
    """Fit the model from the shares of the votes; `known` (I,) has label indices, -1 for none.

    `accuracy` is what is expected of a person before any answer is seen.
    """
    items, workers, labels = answers.shape
    answered = np.bincount(answers.workers, minlength=workers)
    votes = answers.votes().toarray()
    posteriors = settle(votes / np.maximum(votes.sum(axis=1, keepdims=True), 1), known)
    cells = answers.items * labels + answers.labels
    for _ in range(ITERATIONS):
        sure = posteriors[answers.items, answers.labels]
        pool = float((POOL_ANSWERS * accuracy + sure.sum()) / (POOL_ANSWERS + len(sure)))
        right = np.bincount(answers.workers, sure, workers)
        accuracies = (PERSON_ANSWERS * pool + right) / (PERSON_ANSWERS + answered)
        weights = _weights(accuracies, labels)[answers.workers]
        joint = np.bincount(cells, weights, items * labels).astype(np.float64)
        before, posteriors = posteriors, settle(normalise(joint.reshape(items, labels)), known)
        if np.abs(posteriors - before).max(initial=0.0) < TOLERANCE:
            break
    return OneCoin(posteriors, accuracies, pool)


def spread_errors(accuracies: Floats, labels: int) -> Floats:
    """(W, K, K) confusion matrices of people of these accuracies (W,)."""
    wrong = (1 - accuracies) / (labels - 1)
    matrices = np.repeat(wrong, labels * labels).reshape(-1, labels, labels)
    diagonal = np.arange(labels)
    matrices[:, diagonal, diagonal] = accuracies[:, None]
    return matrices


def _weights(accuracies: Floats, labels: int) -> Floats:
    """(W,) log-odds by which an answer lifts its label above each other one."""
    q = np.clip(accuracies, CERTAIN, 1 - CERTAIN)
    weights: Floats = np.log(q) - np.log((1 - q) / (labels - 1))
    return weights
