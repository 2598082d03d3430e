"""crowd-kit as the peer of label aggregation, run on the same arrays.

Workers and labels are renamed to their numbers in the order in which they first come. crowd-kit
1.4.2 needs that in MACE: its table of strategies is sorted by name while its parameters stand in
the order of the rows, so that other names, or another order, give other labels.
"""

from dataclasses import dataclass
from time import process_time

import numpy as np
import pandas as pd
from crowdkit.aggregation import MACE, DawidSkene, MajorityVote
from crowdkit.metrics.data import alpha_krippendorff
from numpy.typing import NDArray

from judging.people.answers import Answers, collect

Posteriors = NDArray[np.float64]


@dataclass(frozen=True)
class Peer:
    """What crowd-kit says."""

    posteriors: Posteriors
    iterations: int
    seconds: float


def in_order_of_rows(rows: list[tuple[str, str, str]]) -> Answers:
    """Answers whose workers and labels are numbered as they first come."""
    numbers: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for _, worker, label in rows:
        for names, name in zip(numbers, (worker, label), strict=True):
            names.setdefault(name, f"{len(names):06}")
    workers, labels = numbers
    answers = collect((item, workers[worker], labels[label]) for item, worker, label in rows)
    return Answers(
        answers.items,
        answers.workers,
        answers.labels,
        answers.item_names,
        tuple(workers),
        tuple(labels),
    )


def frame(answers: Answers) -> pd.DataFrame:
    """The table that crowd-kit wants."""
    return pd.DataFrame({"task": answers.items, "worker": answers.workers, "label": answers.labels})


def majority(answers: Answers) -> Peer:
    """Shares of votes."""
    table, start = frame(answers), process_time()
    model = MajorityVote().fit(table)
    return Peer(_align(model.probas_, answers), 1, process_time() - start)


def dawid_skene(answers: Answers, true_labels: "pd.Series[int] | None" = None) -> Peer:
    """Dawid-Skene with its own rule to stop."""
    table, start = frame(answers), process_time()
    model = DawidSkene().fit(table, true_labels)
    seconds = process_time() - start
    return Peer(_align(model.probas_, answers), len(model.loss_history_), seconds)


def true_labels(gold: NDArray[np.int64]) -> "pd.Series[int]":
    """Known labels in the peer's form; -1 stands for unknown."""
    known = np.flatnonzero(gold >= 0)
    return pd.Series(gold[known], index=known)


def mace(answers: Answers, method: str) -> Peer:
    """MACE from one start: all its starts are the same, as they share one seed."""
    table, start = frame(answers), process_time()
    model = MACE(n_restarts=1, method=method).fit(table)
    seconds = process_time() - start
    return Peer(_align(model.probas_, answers), model.n_iter, seconds)


def alpha(answers: Answers) -> tuple[float, float]:
    """Krippendorff's nominal alpha, and seconds."""
    table, start = frame(answers), process_time()
    value = alpha_krippendorff(table)
    return value, process_time() - start


def _align(probabilities: pd.DataFrame, answers: Answers) -> Posteriors:
    items, _, labels = answers.shape
    table = probabilities.reindex(index=range(items), columns=range(labels), fill_value=0.0)
    return table.to_numpy(dtype=np.float64)
