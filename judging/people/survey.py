"""A whole table of answers in figures: the people, the agreement, and what looks wrong.

A person is suspected, never excluded: the figures say why, and a human decides.
"""

from dataclasses import dataclass, field

import numpy as np

from judging.intervals import Floats, Interval, wilson
from judging.people.agreement import Pairwise, WithOthers, compare_with_others, pairwise_agreement
from judging.people.alpha import Scale, bootstrap_alpha, krippendorff_alpha
from judging.people.answers import Answers, Indices
from judging.people.kappa import fleiss_kappa
from judging.people.posterior import Estimate

DELTA = 0.05
"""All intervals hold with confidence 1 - DELTA."""
LEAST_ANSWERS = 10
"""Below that nobody is suspected of anything."""
SINGLE_LABEL, COMMON_LABEL = 0.95, 0.8
"""One label in so many of a person's answers is suspect, unless the pool says it that often."""
FAST = 1 / 3
"""Of the pool's median time per answer."""


@dataclass(frozen=True, slots=True)
class Person:
    """One worker."""

    name: str
    answers: int
    agreement: float | None
    """How often the others' majority says the same, ties shared; None where nobody else did."""
    accuracy: float
    """Estimated share of right answers (`judging.people.posterior`)."""
    accuracy_interval: Interval
    gold: int
    """Answers to items whose label is known."""
    gold_right: int
    seconds: float | None
    """Median time per answer; None where no times were given."""
    suspicion: tuple[str, ...] = ()
    """guesses: nearer to chance than to the others; fails gold: the same on gold items; one label;
    fast. Empty where nothing speaks against the person."""


@dataclass(frozen=True, slots=True)
class Survey:
    """All figures of a table of answers."""

    items: int
    answers: int
    labels: tuple[str, ...]
    items_with_overlap: int
    """Items that two or more people answered."""
    pairwise: Pairwise
    alpha: float | None
    alpha_interval: Interval | None
    fleiss_kappa: float | None
    human_ceiling: float | None
    """How often a person agrees with the majority of the others."""
    pool_accuracy: float
    people: tuple[Person, ...] = field(default=())
    """Those with the most answers first."""

    @property
    def overlap(self) -> float:
        """Mean answers per item."""
        return self.answers / self.items if self.items else 0.0


def survey(
    answers: Answers,
    estimated: Estimate,
    *,
    gold: Indices,
    seconds: Floats,
    scale: Scale = "nominal",
    seed: int = 0,
) -> Survey:
    """Compute everything; `gold` (I,) has -1 and `seconds` (N,) NaN where nothing is known."""
    others = compare_with_others(answers)
    tables = _Tables.of(answers, estimated, others, gold, seconds)
    people = [_person(answers, tables, worker) for worker in range(answers.shape[1])]
    return Survey(
        items=answers.shape[0],
        answers=len(answers.items),
        labels=answers.label_names,
        items_with_overlap=int((answers.people_per_item() >= 2).sum()),
        pairwise=pairwise_agreement(answers),
        alpha=krippendorff_alpha(answers, scale),
        alpha_interval=bootstrap_alpha(answers, scale, delta=DELTA, seed=seed),
        fleiss_kappa=fleiss_kappa(answers),
        human_ceiling=others.ceiling,
        pool_accuracy=estimated.pool_accuracy,
        people=tuple(sorted(people, key=lambda person: (-person.answers, person.name))),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Tables:
    """What is counted once for all workers."""

    said: Floats
    """(W, K) how often each worker says each label."""
    credits: Floats
    """(W,) sum of agreement with the others, over `compared` answers."""
    compared: Indices
    ceiling: float
    accuracies: Floats
    low: Floats
    high: Floats
    """(W,) bounds of the accuracy."""
    gold: Indices
    """(W,) answers to gold items."""
    gold_right: Indices
    seconds: Floats
    """(W,) medians."""
    pool_seconds: float

    @classmethod
    def of(
        cls,
        answers: Answers,
        estimated: Estimate,
        others: WithOthers,
        gold: Indices,
        seconds: Floats,
    ) -> "_Tables":
        _, workers, labels = answers.shape
        credits, compared = others.by_worker(workers)
        low, high = estimated.accuracy_bounds(DELTA)
        cells = np.bincount(answers.workers * labels + answers.labels, minlength=workers * labels)
        known = gold[answers.items] >= 0
        right = known & (gold[answers.items] == answers.labels)
        return cls(
            said=cells.reshape(workers, labels).astype(np.float64),
            credits=credits,
            compared=compared,
            ceiling=others.ceiling or 0.0,
            accuracies=estimated.accuracies,
            low=low,
            high=high,
            gold=np.bincount(answers.workers[known], minlength=workers),
            gold_right=np.bincount(answers.workers[right], minlength=workers),
            seconds=_medians(answers.workers, seconds, workers),
            pool_seconds=_median(seconds),
        )

    def chance(self) -> float:
        """How often two answers agree that are drawn from the pool's labels."""
        shares = self.said.sum(axis=0) / max(self.said.sum(), 1)
        return float(shares @ shares)


def _person(answers: Answers, tables: _Tables, worker: int) -> Person:
    compared, seconds = int(tables.compared[worker]), float(tables.seconds[worker])
    return Person(
        name=answers.worker_names[worker],
        answers=int(tables.said[worker].sum()),
        agreement=float(tables.credits[worker]) / compared if compared else None,
        accuracy=float(tables.accuracies[worker]),
        accuracy_interval=Interval(low=float(tables.low[worker]), high=float(tables.high[worker])),
        gold=int(tables.gold[worker]),
        gold_right=int(tables.gold_right[worker]),
        seconds=None if np.isnan(seconds) else seconds,
        suspicion=tuple(_suspect(tables, worker)),
    )


def _suspect(tables: _Tables, worker: int) -> list[str]:
    """What speaks against a worker, by name."""
    said, chance = tables.said[worker], tables.chance()
    if said.sum() < LEAST_ANSWERS:
        return []
    gold, gold_right = int(tables.gold[worker]), int(tables.gold_right[worker])
    pool_gold = float(tables.gold_right.sum() / max(tables.gold.sum(), 1))
    common = tables.said.sum(axis=0) / tables.said.sum()
    top = int(said.argmax())
    found = {
        "guesses": _is_nearer_to_chance(
            float(tables.credits[worker]), int(tables.compared[worker]), chance, tables.ceiling
        ),
        "fails gold": _is_nearer_to_chance(gold_right, gold, 1 / len(said), pool_gold),
        "one label": said[top] >= SINGLE_LABEL * said.sum() and common[top] <= COMMON_LABEL,
        "fast": bool(tables.seconds[worker] < FAST * tables.pool_seconds),
    }
    return [name for name, is_found in found.items() if is_found]


def _is_nearer_to_chance(successes: float, trials: int, chance: float, pool: float) -> bool:
    """Whether even the upper bound of a share is nearer to chance than to the whole pool's."""
    bound = wilson(round(successes), trials, DELTA).high
    return trials >= LEAST_ANSWERS and pool > chance and bound < (chance + pool) / 2


def _medians(workers: Indices, seconds: Floats, size: int) -> Floats:
    order = np.argsort(workers, kind="stable")
    parts = np.split(seconds[order], np.searchsorted(workers[order], np.arange(1, size)))
    return np.array([_median(part) for part in parts], dtype=np.float64)


def _median(seconds: Floats) -> float:
    known = seconds[~np.isnan(seconds)]
    return float(np.median(known)) if len(known) else float("nan")
