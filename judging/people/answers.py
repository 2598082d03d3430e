"""Answers of people as arrays: who said what of which item, names beside the indices.

    rows (item, worker, label) --collect--> Answers --> dawid_skene, mace, alpha, ...

Every row is kept: two answers by one person to one item count as two here. Who wants the last one
only, drops the others before (`judging.people.aggregate`, `ingot agreement`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from judging.intervals import Floats

Indices = NDArray[np.int64]
TIE = 1e-9
"""Scores of two labels that differ by less are equal, whatever rounding made of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """N answers of W workers to I items, with K labels."""

    items: Indices
    """(N,) index of the item of each answer."""
    workers: Indices
    """(N,)"""
    labels: Indices
    """(N,)"""
    item_names: tuple[str, ...]
    worker_names: tuple[str, ...]
    label_names: tuple[str, ...]
    """In the order that decides ties: numbers by size, words by the alphabet."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """Items, workers, labels."""
        return len(self.item_names), len(self.worker_names), len(self.label_names)

    def votes(self) -> csr_array:
        """(I, K) how often each item got each label."""
        items, _, labels = self.shape
        ones = np.ones(len(self.items))
        return csr_array((ones, (self.items, self.labels)), shape=(items, labels))

    def people_per_item(self) -> Indices:
        """(I,) how many different people answered each item."""
        pairs = np.unique(self.items * max(len(self.worker_names), 1) + self.workers)
        return np.bincount(pairs // max(len(self.worker_names), 1), minlength=len(self.item_names))

    def of_items(self, chosen: NDArray[np.bool_]) -> "Answers":
        """The answers to some items (I,); all workers and labels keep their index."""
        kept = chosen[self.items]
        numbers = np.cumsum(chosen) - 1
        names = tuple(name for name, keep in zip(self.item_names, chosen, strict=True) if keep)
        return Answers(
            numbers[self.items[kept]],
            self.workers[kept],
            self.labels[kept],
            names,
            self.worker_names,
            self.label_names,
        )


def collect(rows: Iterable[tuple[str, str, str]], labels: Iterable[str] = ()) -> Answers:
    """Answers from rows (item, worker, label); `labels` may be right though nobody said them.

    Items stand in the order of their first row, workers and labels sorted, so that nothing else
    depends on the order of the rows.
    """
    listed = list(rows)
    items, workers, said = ([row[column] for row in listed] for column in range(3))
    item_names = tuple(dict.fromkeys(items))
    worker_names = tuple(sorted(set(workers)))
    label_names = sort_labels({*said, *labels})
    return Answers(
        _indices(items, item_names),
        _indices(workers, worker_names),
        _indices(said, label_names),
        item_names,
        worker_names,
        label_names,
    )


def sort_labels(labels: Iterable[str]) -> tuple[str, ...]:
    """Labels by size where all are numbers, else by the alphabet."""
    values = {label: as_number(label) for label in labels}
    if any(value is None for value in values.values()):
        return tuple(sorted(values))
    return tuple(sorted(values, key=lambda label: (values[label] or 0.0, label)))


def as_number(label: str) -> float | None:
    """The finite number that a label spells, or None."""
    try:
        value = float(label)
    except ValueError:
        return None
    return value if isfinite(value) else None


def gold_indices(answers: Answers, gold: Mapping[str, str]) -> Indices:
    """(I,) the index of each item's known label, -1 where none is known.

    Raises ValueError for a label that the answers do not know (`collect` takes more).
    """
    known = {label: index for index, label in enumerate(answers.label_names)}
    if strange := {label for label in gold.values() if label not in known}:
        raise ValueError(f"gold label {sorted(strange)[0]!r} is none of {list(known)[:20]}")
    found = (known[gold[item]] if item in gold else -1 for item in answers.item_names)
    return np.fromiter(found, np.int64, len(answers.item_names))


def choose(scores: Floats) -> Indices:
    """(I,) the best label of each row of scores (I, K); of equal ones the first."""
    best = scores.max(axis=1, keepdims=True)
    first: Indices = np.argmax(scores >= best - TIE * np.maximum(np.abs(best), 1), axis=1)
    return first


def are_tied(scores: Floats) -> NDArray[np.bool_]:
    """(I,) whether more than one label is best."""
    best = scores.max(axis=1, keepdims=True)
    near: NDArray[np.bool_] = scores >= best - TIE * np.maximum(np.abs(best), 1)
    tied: NDArray[np.bool_] = near.sum(axis=1) > 1
    return tied


def _indices(names: Sequence[str], order: Sequence[str]) -> Indices:
    places = {name: index for index, name in enumerate(order)}
    return np.fromiter((places[name] for name in names), np.int64, len(names))
