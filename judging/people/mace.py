"""MACE: who knows, and who only clicks.

D. Hovy, T. Berg-Kirkpatrick, A. Vaswani, E. Hovy: Learning whom to trust with MACE. NAACL 2013,
sections 3.1 to 3.3. A worker w knows an item's label with chance `competence[w]` and then says it;
else the worker spams, and says label l with chance `strategies[w, l]`, whatever is true.

Fitted by expectation-maximisation ('em') or by variational Bayes ('vb', the paper's choice), which
draws competence towards all or nothing (Beta(1/2, 1/2)) and strategies towards evenness
(Dirichlet(10)). The likelihood has several summits: of several starts the best one is kept. Items
whose label is known keep it, and so teach who knows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import digamma

from judging.intervals import Floats
from judging.people.answers import Answers, Indices
from judging.people.dawid_skene import log_likelihood, normalise, settle

Method = Literal["vb", "em"]
RESTARTS, ITERATIONS = 10, 50
"""Of the paper, section 3.2 (it makes up to 100 restarts)."""
NOISE = 0.5
"""Starts are drawn from [1, 2 + NOISE) before they are normalised."""
SMOOTHING = 0.01
"""Pseudo-count of 'em', divided by the number of labels (section 3.2)."""
KNOWING_PRIOR, STRATEGY_PRIOR = 0.5, 10.0
"""Of 'vb' (section 3.3)."""


@dataclass(frozen=True, slots=True, eq=False)
class Mace:
    """A fitted model."""

    posteriors: Floats
    """(I, K) probability of each label for each item."""
    competence: Floats
    """(W,) chance that the worker knows."""
    strategies: Floats
    """(W, K) what the worker says without knowing."""
    log_likelihood: float
    """Natural logarithm of the chance of all answers under the best start."""
    restart: int
    """Which start won, from 0."""


@dataclass(frozen=True, slots=True, eq=False)
class _Parameters:
    knowing: Floats
    """(W, 2): weight of spamming, weight of knowing."""
    strategies: Floats
    """(W, K)"""


@dataclass(frozen=True, slots=True, eq=False)
class _Expected:
    posteriors: Floats
    knowing: Floats
    strategies: Floats
    log_likelihood: float


def fit_mace(
    answers: Answers,
    *,
    method: Method = "vb",
    gold: Indices | None = None,
    restarts: int = RESTARTS,
    iterations: int = ITERATIONS,
    seed: int = 0,
) -> Mace:
    """Fit the model from `restarts` starts, drawn from `seed`, `seed` + 1, ...

    `gold` (I,) holds label indices, -1 where unknown. Raises ValueError without answers.
    """
    if not len(answers.items):
        raise ValueError("there are no answers to fit: give at least one")
    maximise = _maximise_vb if method == "vb" else _maximise_em
    fits = [_run(answers, gold, maximise, iterations, seed + start) for start in range(restarts)]
    best = max(range(restarts), key=lambda start: fits[start][1].log_likelihood)
    parameters, expected = fits[best]
    return Mace(
        posteriors=expected.posteriors,
        competence=parameters.knowing[:, 1] / parameters.knowing.sum(axis=1),
        strategies=parameters.strategies / parameters.strategies.sum(axis=1, keepdims=True),
        log_likelihood=expected.log_likelihood,
        restart=best,
    )


def _run(
    answers: Answers,
    gold: Indices | None,
    maximise: Callable[[_Expected], _Parameters],
    iterations: int,
    seed: int,
) -> tuple[_Parameters, _Expected]:
    parameters = _start(answers, seed)
    expected = _expect(answers, gold, parameters)
    for _ in range(iterations):
        parameters = maximise(expected)
        expected = _expect(answers, gold, parameters)
    return parameters, expected


def _start(answers: Answers, seed: int) -> _Parameters:
    """Both draws begin anew from the seed, as in crowd-kit, so that the two can be compared."""
    _, workers, labels = answers.shape
    drawn = (np.random.RandomState(seed).uniform(size=(workers, n)) for n in (2, labels))
    knowing, strategies = (1 + (1 + NOISE) * draw for draw in drawn)
    return _Parameters(
        knowing / knowing.sum(axis=1, keepdims=True),
        strategies / strategies.sum(axis=1, keepdims=True),
    )


def _expect(answers: Answers, gold: Indices | None, parameters: _Parameters) -> _Expected:
    """Posteriors, and how often each worker knew, or spammed with which label.

    An answer has the chance `spam` under any other truth and `spam + know` under its own label, so
    that only one number per answer depends on the label.
    """
    items, workers, labels = answers.shape
    spam = (
        parameters.knowing[answers.workers, 0]
        * (parameters.strategies[answers.workers, answers.labels])
    )
    know = parameters.knowing[answers.workers, 1]
    cells = answers.items * labels + answers.labels
    joint = _sum(cells, np.log1p(know / spam), items * labels).reshape(items, labels)
    joint += _sum(answers.items, np.log(spam), items)[:, None] - np.log(labels)
    likelihood = log_likelihood(joint, gold)
    posteriors = settle(normalise(joint), gold)
    knew = posteriors[answers.items, answers.labels] * know / (spam + know)
    spammed = 1 - knew
    strategies = _sum(answers.workers * labels + answers.labels, spammed, workers * labels)
    strategies = strategies.reshape(workers, labels)
    knowing = np.stack([strategies.sum(axis=1), _sum(answers.workers, knew, workers)], axis=1)
    return _Expected(posteriors, knowing, strategies, likelihood)


def _maximise_em(expected: _Expected) -> _Parameters:
    smoothing = SMOOTHING / expected.strategies.shape[1]
    knowing, strategies = expected.knowing + smoothing, expected.strategies + smoothing
    return _Parameters(
        knowing / knowing.sum(axis=1, keepdims=True),
        strategies / strategies.sum(axis=1, keepdims=True),
    )


def _maximise_vb(expected: _Expected) -> _Parameters:
    """Geometric means under the Beta and Dirichlet posteriors; rows sum to less than one."""
    return _Parameters(
        _geometric_mean(expected.knowing + KNOWING_PRIOR),
        _geometric_mean(expected.strategies + STRATEGY_PRIOR),
    )


def _geometric_mean(counts: Floats) -> Floats:
    mean: Floats = np.exp(digamma(counts) - digamma(counts.sum(axis=1, keepdims=True)))
    return mean


def _sum(places: Indices, weights: Floats, size: int) -> Floats:
    return np.bincount(places, weights, size).astype(np.float64)
