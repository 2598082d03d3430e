"""The model of Dawid & Skene (1979): every person has a way of being wrong.

A. P. Dawid, A. M. Skene: Maximum likelihood estimation of observer error-rates using the EM
algorithm. Applied Statistics 28 (1979), 20-28, section 3.

Item i has a true label k with chance `class_priors[k]`; worker w says l with chance
`confusions[w, k, l]`. Expectation-maximisation from the shares of the votes: posteriors give
confusions and priors (M), these give posteriors (E), until the likelihood stands still. Gold items
keep their known label and so anchor what the labels mean. All products are sums of logarithms.

The answers stand in one sparse matrix, items x (worker, label) seen: each step is one product.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from judging.intervals import Floats
from judging.people.answers import Answers, Indices

ITERATIONS = 100
TOLERANCE = 1e-5
"""Least gain of the log-likelihood per answer for which it is worth to go on."""
SMALLEST = 1e-10
"""Floor of counts and priors, so that no logarithm is infinite."""


@dataclass(frozen=True, slots=True, eq=False)
class DawidSkene:
    """A fitted model."""

    posteriors: Floats
    """(I, K) probability of each label for each item."""
    class_priors: Floats
    """(K,)"""
    confusions: Floats
    """(W, K, K): chance that the worker says the last label where the middle one is true."""
    log_likelihood: float
    """Natural logarithm of the chance of all answers, at the parameters before the last step."""
    iterations: int
    converged: bool
    """False where the iterations ran out before the likelihood stood still."""

    def accuracies(self) -> Floats:
        """(W,) chance that a worker is right about an item drawn by the class priors."""
        diagonal = np.diagonal(self.confusions, axis1=1, axis2=2)
        shares: Floats = diagonal @ self.class_priors / self.class_priors.sum()
        return shares


@dataclass(frozen=True, slots=True, eq=False)
class Beliefs:
    """Pseudo-answers counted beside the real ones: what is believed before any answer is seen."""

    confusion: Floats
    """(K, K) or (W, K, K) counts: true label, said label. Per worker it may be a history."""
    classes: float = 0.0
    """Count of items spread evenly over the labels."""


def smooth(labels: int, count: float) -> Beliefs:
    """The same small count in every cell of every confusion matrix."""
    return Beliefs(np.full((labels, labels), count))


def fit_dawid_skene(
    answers: Answers,
    *,
    beliefs: Beliefs | None = None,
    gold: Indices | None = None,
    iterations: int = ITERATIONS,
    tolerance: float = TOLERANCE,
) -> DawidSkene:
    """Fit the model; without beliefs it is the plain maximum-likelihood one.

    `gold` (I,) holds label indices, -1 where unknown. A `tolerance` of minus infinity makes exactly
    `iterations` steps. Raises ValueError without answers.
    """
    if not len(answers.items):
        raise ValueError("there are no answers to fit: give at least one")
    cells = Cells(answers, beliefs or smooth(answers.shape[2], 0.0))
    posteriors, likelihood = settle(_shares(answers), gold), -np.inf
    converged = False
    for step in range(1, iterations + 1):  # noqa: B007  # the last one is told
        priors, log_confusion = cells.maximise(posteriors)
        joint = cells.expect(priors, log_confusion)
        before, likelihood = likelihood, log_likelihood(joint, gold)
        posteriors = settle(normalise(joint), gold)
        if likelihood - before < tolerance * len(answers.items):
            converged = True
            break
    priors, log_confusion = cells.maximise(posteriors)
    confusions = cells.confusions(posteriors)
    return DawidSkene(posteriors, priors, confusions, likelihood, step, converged)


class Cells:
    """The (worker, label) cells that hold answers, and both steps of the algorithm on them."""

    def __init__(self, answers: Answers, beliefs: Beliefs) -> None:
        items, workers, labels = answers.shape
        self.workers, self.labels, self.beliefs = workers, labels, beliefs
        codes = answers.workers * labels + answers.labels
        seen, places = np.unique(codes, return_inverse=True)
        self._worker, self._label = seen // labels, seen % labels
        ones = np.ones(len(codes))
        self._matrix = csr_array((ones, (answers.items, places)), shape=(items, len(seen)))
        self._transposed = self._matrix.T.tocsr()
        self._starts = np.unique(self._worker, return_index=True)[1]
        """Where each worker's cells begin; workers without answers have none."""
        self._spread = np.repeat(
            np.arange(len(self._starts)), np.diff(self._starts, append=len(seen))
        )
        believed = np.broadcast_to(beliefs.confusion, (workers, labels, labels))
        self._pseudo = believed[self._worker, :, self._label]
        totals = believed.sum(axis=2)[self._worker[self._starts]]
        self._unseen = totals - np.add.reduceat(self._pseudo, self._starts, axis=0)

    def maximise(self, posteriors: Floats) -> tuple[Floats, Floats]:
        """Class priors (K,), and log-chances (cells, K) of each cell's label under each truth."""
        counts = np.maximum(self._transposed @ posteriors + self._pseudo, SMALLEST)
        totals = np.add.reduceat(counts, self._starts, axis=0) + self._unseen
        return self._priors(posteriors), np.log(counts) - np.log(totals)[self._spread]

    def expect(self, priors: Floats, log_confusion: Floats) -> Floats:
        """(I, K) logarithm of the chance of each label together with the item's answers."""
        joint: Floats = self._matrix @ log_confusion + np.log(np.maximum(priors, SMALLEST))
        return joint

    def confusions(self, posteriors: Floats) -> Floats:
        """(W, K, K) whole matrices; even rows where a worker has neither answers nor beliefs."""
        shape = (self.workers, self.labels, self.labels)
        counts = np.array(np.broadcast_to(self.beliefs.confusion, shape), dtype=np.float64)
        counts[self._worker, :, self._label] += self._transposed @ posteriors
        totals = counts.sum(axis=2, keepdims=True)
        even = np.full_like(counts, 1 / self.labels)
        shares: Floats = np.divide(counts, totals, out=even, where=totals > SMALLEST)
        return shares

    def _priors(self, posteriors: Floats) -> Floats:
        believed = self.beliefs.classes
        totals = posteriors.sum(axis=0) + believed / self.labels
        priors: Floats = totals / (len(posteriors) + believed)
        return priors


def normalise(joint: Floats) -> Floats:
    """(I, K) probabilities from logarithms of any scale."""
    weights = np.exp(joint - joint.max(axis=1, keepdims=True))
    shares: Floats = weights / weights.sum(axis=1, keepdims=True)
    return shares


def settle(posteriors: Floats, known: Indices | None) -> Floats:
    """Posteriors with the known labels in their place; `known` has label indices, -1 for none."""
    if known is not None:
        sure = np.flatnonzero(known >= 0)
        posteriors[sure] = 0.0
        posteriors[sure, known[sure]] = 1.0
    return posteriors


def log_likelihood(joint: Floats, gold: Indices | None) -> float:
    """Of all answers; where the label is known, together with that label."""
    top = joint.max(axis=1)
    each = top + np.log(np.exp(joint - top[:, None]).sum(axis=1))
    if gold is not None:
        known = np.flatnonzero(gold >= 0)
        each[known] = joint[known, gold[known]]
    return float(each.sum())


def _shares(answers: Answers) -> Floats:
    votes = answers.votes().toarray()
    shares: Floats = votes / np.maximum(votes.sum(axis=1, keepdims=True), 1)
    return shares
