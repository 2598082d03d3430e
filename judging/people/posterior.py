"""Labels for routing: each item's label with its probability, from few answers by few people.

Plain Dawid-Skene believes whatever fits best, and with two or three answers per item that is worse
than the majority (README.md). So it starts from what can be known with few answers:

1. One number per person (`one_coin`), drawn towards the pool's accuracy, and that towards
   `PERSON_ACCURACY`, gives each person an expected confusion matrix.
2. Dawid-Skene counts `MATRIX_ANSWERS` pseudo-answers of this matrix per true label, so that a
   person's own way of being wrong shows as soon as there are answers enough to see it.
3. Only items with two people or a gold label teach anything about people: a lone answer cannot
   confirm itself. What was learnt is then applied to all items. Without overlap and gold each label
   has exactly the accuracy that is expected of a person.

The model takes errors of different people as independent. On hard items they are not, and then the
probabilities are too high: promises come from a calibration sample, never from these.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv

from judging.intervals import Booleans, Floats
from judging.people.accuracy import PERSON_ACCURACY
from judging.people.answers import Answers, Indices
from judging.people.dawid_skene import Beliefs, fit_dawid_skene, normalise, settle
from judging.people.one_coin import PERSON_ANSWERS, fit_one_coin, spread_errors

MATRIX_ANSWERS = 10.0
"""Pseudo-answers per true label: of 4, 10, 20 and 50 the one that suits few answers and many."""
CLASS_ITEMS = 100.0
"""Pseudo-items spread evenly over the labels."""


@dataclass(frozen=True, slots=True, eq=False)
class Estimate:
    """What a batch of answers says of its items and of its people."""

    posteriors: Floats
    """(I, K) probability of each label for each item."""
    class_priors: Floats
    """(K,) share of each label, evened out."""
    accuracies: Floats
    """(W,) how often each person is right: the mean of its Beta posterior."""
    right: Floats
    """(W,) expected number of right answers among those that taught something."""
    learnt: Indices
    """(W,) number of these answers."""
    pool_accuracy: float

    def accuracy_bounds(self, delta: float) -> tuple[Floats, Floats]:
        """(W,) each: central interval of the accuracy with probability 1 - delta."""
        a = PERSON_ANSWERS * self.pool_accuracy + self.right
        b = PERSON_ANSWERS * (1 - self.pool_accuracy) + self.learnt - self.right
        return betaincinv(a, b, delta / 2), betaincinv(a, b, 1 - delta / 2)


def estimate(
    answers: Answers, *, gold: Indices | None = None, accuracy: float = PERSON_ACCURACY
) -> Estimate:
    """Posteriors of all items and accuracies of all people.

    `gold` (I,) holds label indices, -1 where unknown; `accuracy` is what is expected of a person.
    Raises ValueError where fewer than two labels could be true: `collect` takes more.
    """
    items, workers, labels = answers.shape
    if labels < 2:
        raise ValueError(f"{labels} label known: name all labels that could be true")
    known = np.full(items, -1) if gold is None else gold
    teaching = (answers.people_per_item() >= 2) | (known >= 0)
    if teaching[answers.items].any():
        return _learn(answers, teaching, known, accuracy)
    even, typical = np.full(labels, 1 / labels), np.full(workers, accuracy)
    posteriors = _apply(answers, even, spread_errors(typical, labels))
    return Estimate(
        posteriors=settle(posteriors, known),
        class_priors=even,
        accuracies=typical,
        right=np.zeros(workers),
        learnt=np.zeros(workers, dtype=np.int64),
        pool_accuracy=accuracy,
    )


def _learn(answers: Answers, teaching: Booleans, known: Indices, accuracy: float) -> Estimate:
    """Learn from some items, apply to all."""
    lessons, gold = answers.of_items(teaching), known[teaching]
    workers, labels = answers.shape[1:]
    coin = fit_one_coin(lessons, known=gold, accuracy=accuracy)
    beliefs = Beliefs(MATRIX_ANSWERS * spread_errors(coin.accuracies, labels), CLASS_ITEMS)
    fitted = fit_dawid_skene(lessons, beliefs=beliefs, gold=gold)
    sure = fitted.posteriors[lessons.items, lessons.labels]
    right = np.bincount(lessons.workers, sure, workers).astype(np.float64)
    learnt = np.bincount(lessons.workers, minlength=workers)
    return Estimate(
        posteriors=settle(_apply(answers, fitted.class_priors, fitted.confusions), known),
        class_priors=fitted.class_priors,
        accuracies=(PERSON_ANSWERS * coin.pool_accuracy + right) / (PERSON_ANSWERS + learnt),
        right=right,
        learnt=learnt,
        pool_accuracy=coin.pool_accuracy,
    )


def _apply(answers: Answers, priors: Floats, confusions: Floats) -> Floats:
    """(I, K) posteriors under known people; an item without answers has the priors."""
    chances = np.log(confusions[answers.workers, :, answers.labels])
    joint = np.tile(np.log(priors), (answers.shape[0], 1))
    np.add.at(joint, answers.items, chances)
    return normalise(joint)
