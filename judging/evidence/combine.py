"""From all signals of an item to one calibrated probability; no item scores itself.

All items are split into folds, items of one prompt together; each fold is scored by a model that
was fitted on the labels of the others. So within a fold labelled and other items are scored alike,
and a random sample of items stays one at every threshold, also where scores are equal.
Several kinds of model are tried where there are labels enough, and the best by held-out log loss is
taken; so is every single judge, and the comparison with the best of them is part of the result.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np

from ingot.records import Model
from judging.draws import draw_integer
from judging.evidence.boosted import Boosted
from judging.evidence.logistic import EQUAL, Logistic, sigmoid
from judging.evidence.signals import Signals
from judging.intervals import Booleans, Floats, Integers

FOLDS = 5
BOOSTING_LABELS = 800
"""Fewer labels than this and trees are not tried."""


class Combiner(Protocol):
    """What can be fitted and then scores."""

    def fit(self, signals: Signals, first: Booleans) -> Self:
        """Learn."""
        ...

    def score(self, signals: Signals) -> Floats:
        """Log-odds of the first verdict."""
        ...


class Comparison(Model):
    """The combination against the best single source, on held-out labelled items."""

    kind: str
    """'equal', 'logistic' or 'boosted'."""
    labels: int
    accuracy: float
    log_loss: float
    """Mean natural-log loss."""
    best_single: str
    """The source with the least held-out log loss when calibrated alone."""
    best_single_accuracy: float
    best_single_log_loss: float
    gain: float
    """Log loss of the best single source less that of the combination: positive where it helps."""
    gain_error: float
    """Standard error of the gain, by groups."""

    @property
    def beats_best_single(self) -> bool:
        """Whether the gain is more than twice its error."""
        return self.gain > 2 * self.gain_error

    def __str__(self) -> str:
        claim = "beats" if self.beats_best_single else "does not clearly beat"
        return (
            f"the combination {claim} the best single judge ({self.best_single}) on held-out items:"
            f" log loss {self.log_loss:.3f} against {self.best_single_log_loss:.3f}"
            f" (difference {self.gain:.3f} +- {self.gain_error:.3f}),"
            f" accuracy {self.accuracy:.3f} against {self.best_single_accuracy:.3f}"
        )


@dataclass(frozen=True, slots=True)
class Combined:
    """One probability for each item."""

    p_first: Floats
    """Probability that the first verdict holds (A is better; the answer is right)."""
    comparison: Comparison | None
    """None without labels, where the sources vote with equal weight."""

    @property
    def confidences(self) -> Floats:
        """Probability of the likelier verdict."""
        return np.maximum(self.p_first, 1 - self.p_first)

    @property
    def says_first(self) -> Booleans:
        """Whether the first verdict is the likelier one."""
        says: Booleans = self.p_first >= 0.5
        return says


def combine(signals: Signals, labels: Mapping[int, bool], *, seed: int = 0) -> Combined:
    """Learn from the labelled items, by their position, and score all.

    Raises ValueError without any source.
    """
    if not signals.names:
        raise ValueError("there is no signal to combine: judge the items first")
    labelled = np.zeros(len(signals), dtype=bool)
    first = np.zeros(len(signals), dtype=bool)
    for row, holds in labels.items():
        labelled[row], first[row] = True, holds
    folds = _folds(signals.groups, seed)
    if len(set(folds[labelled].tolist())) < 2:
        empty = signals.take(np.zeros(len(signals), dtype=bool))
        return Combined(sigmoid(Logistic().fit(empty, first[:0]).score(signals)), None)
    kinds: dict[str, Callable[[], Combiner]] = {
        "equal": lambda: Logistic(pull=EQUAL),
        "logistic": Logistic,
    }
    if len(labels) >= BOOSTING_LABELS:
        kinds["boosted"] = Boosted
    scores = {k: _cross_fit(make, signals, first, labelled, folds) for k, make in kinds.items()}
    best = min(scores, key=lambda kind: _losses(scores[kind], first)[labelled].mean())
    comparison = _compare(best, scores[best], signals, first, labelled, folds)
    return Combined(sigmoid(scores[best]), comparison)


def _folds(groups: Sequence[str], seed: int) -> Integers:
    """The fold of each item; one group is in one fold."""
    ordered = sorted(set(groups), key=lambda name: draw_integer("fold", seed, name))
    fold = {name: place % FOLDS for place, name in enumerate(ordered)}
    return np.array([fold[group] for group in groups], dtype=np.int64)


def _cross_fit(
    make: Callable[[], Combiner],
    signals: Signals,
    first: Booleans,
    labelled: Booleans,
    folds: Integers,
) -> Floats:
    """Log-odds of every item by a model that has seen no label of its fold."""
    scores = np.zeros(len(signals))
    for fold in range(FOLDS):
        own, learning = folds == fold, labelled & (folds != fold)
        model = make().fit(signals.take(learning), first[learning])
        scores[own] = model.score(signals.take(own))
    return scores


def _losses(scores: Floats, first: Booleans) -> Floats:
    losses: Floats = np.logaddexp(0, np.where(first, -scores, scores))
    return losses


def _compare(
    kind: str,
    scores: Floats,
    signals: Signals,
    first: Booleans,
    labelled: Booleans,
    folds: Integers,
) -> Comparison:
    singles = [
        _cross_fit(Logistic, signals.only(source), first, labelled, folds)
        for source in range(len(signals.names))
    ]
    source = int(np.argmin([_losses(single, first)[labelled].mean() for single in singles]))
    single = singles[source]
    gains = (_losses(single, first) - _losses(scores, first))[labelled]
    groups = [g for g, known in zip(signals.groups, labelled, strict=True) if known]
    return Comparison(
        kind=kind,
        labels=int(labelled.sum()),
        accuracy=float(((scores > 0) == first)[labelled].mean()),
        log_loss=float(_losses(scores, first)[labelled].mean()),
        best_single=signals.names[source],
        best_single_accuracy=float(((single > 0) == first)[labelled].mean()),
        best_single_log_loss=float(_losses(single, first)[labelled].mean()),
        gain=float(gains.mean()),
        gain_error=_standard_error(gains, groups),
    )


def _standard_error(values: Floats, groups: Sequence[str]) -> float:
    """Of the mean, when items of a group go together."""
    _, index = np.unique(groups, return_inverse=True)
    sums = np.bincount(index, weights=values - values.mean())
    return float(np.sqrt((sums**2).sum()) / len(values))
