"""What people's answers mean: our aggregation against crowd-kit's, and both against the truth.

Each method makes as many iterations as crowd-kit's from the same start, so that the two must say
the same; `seconds` are CPU seconds, the best of the rounds. Beside that stands how right each one
is where the truth is known, and what few answers per item allow (`few`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from time import process_time
from types import ModuleType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from benchmarks.deciding.crowd_few import measure_few
from benchmarks.deciding.crowd_sets import Set, read_sets
from benchmarks.deciding.effort import Effort, NoDataError
from judging.people.alpha import krippendorff_alpha
from judging.people.answers import Answers, choose
from judging.people.dawid_skene import fit_dawid_skene
from judging.people.mace import fit_mace
from judging.people.posterior import estimate

Posteriors = NDArray[np.float64]


@dataclass(frozen=True)
class Compared:
    """Ours against the peer's."""

    posterior_difference: float
    labels_differing: int
    accuracy: float | None
    seconds: float
    peer_seconds: float

    def figures(self) -> dict[str, object]:
        """For the report."""
        return {
            "accuracy": self.accuracy,
            "posterior_difference": self.posterior_difference,
            "labels_differing": self.labels_differing,
            "seconds": round(self.seconds, 5),
            "peer_seconds": round(self.peer_seconds, 5),
            "times_faster": round(self.peer_seconds / self.seconds, 1),
        }


def measure(effort: Effort) -> dict[str, object]:
    """All sets, and the largest differences over all of them."""
    try:
        sets = list(read_sets())
    except NoDataError as error:
        return {"skipped": str(error)}
    try:
        from benchmarks.deciding import crowd_kit  # a tool of development
    except ImportError as error:
        return {"skipped": f"{error}: pip install crowd-kit"}
    reports = {one.name: _measure_set(one, effort, crowd_kit) for one in sets}
    return {**_summary(reports), "few": measure_few(sets, effort.seed), "sets": reports}


def _measure_set(one: Set, effort: Effort, peer: ModuleType) -> dict[str, object]:
    """All methods on one set."""
    answers = peer.in_order_of_rows(one.rows)
    judge = _Judge(answers, one.truth, effort.rounds)
    stop = peer.dawid_skene(answers).iterations
    compared = {
        "majority": judge.compare(lambda: _shares(answers), lambda: peer.majority(answers)),
        "dawid_skene": judge.compare(
            lambda: fit_dawid_skene(answers, iterations=stop, tolerance=-np.inf).posteriors,
            lambda: peer.dawid_skene(answers),
        ),
    }
    for method in ("vb", "em"):
        compared[f"mace_{method}"] = judge.compare(
            partial(_mace, answers, method), partial(peer.mace, answers, method)
        )
    own, priors = fit_dawid_skene(answers), estimate(answers)
    value, peer_value, alpha_seconds, peer_seconds = _alphas(answers, effort.rounds, peer)
    return {
        **dict(zip(("items", "workers", "labels"), answers.shape, strict=True)),
        "answers": len(answers.items),
        "iterations": stop,
        "iterations_to_our_stop": own.iterations,
        "labels_differing_at_our_stop": int(
            (choose(own.posteriors) != choose(peer.dawid_skene(answers).posteriors)).sum()
        ),
        "accuracy_at_our_stop": judge.accuracy(own.posteriors),
        "accuracy_with_priors": judge.accuracy(priors.posteriors),
        **{name: pair.figures() for name, pair in compared.items()},
        "alpha": value,
        "alpha_difference": abs(value - peer_value),
        "alpha_seconds": round(alpha_seconds, 5),
        "alpha_peer_seconds": round(peer_seconds, 5),
    }


@dataclass(frozen=True)
class _Judge:
    """Compares two ways to the same labels."""

    answers: Answers
    truth: dict[str, str]
    rounds: int

    def compare(self, ours: Callable[[], Posteriors], peers: Callable[[], Any]) -> Compared:
        """Run both in turns; the best time of each counts."""
        seconds, peer_seconds = [], []
        for _ in range(self.rounds):
            start = process_time()
            mine = ours()
            seconds.append(process_time() - start)
            theirs = peers()
            peer_seconds.append(theirs.seconds)
        return Compared(
            float(np.abs(mine - theirs.posteriors).max()),
            int((choose(mine) != choose(theirs.posteriors)).sum()),
            self.accuracy(mine),
            min(seconds),
            min(peer_seconds),
        )

    def accuracy(self, posteriors: Posteriors) -> float | None:
        """Share of the items with a known label that got it."""
        names = self.answers.label_names
        said = (names[index] for index in choose(posteriors))
        right = [
            label == self.truth[item]
            for item, label in zip(self.answers.item_names, said, strict=True)
            if item in self.truth
        ]
        return round(sum(right) / len(right), 4) if right else None


def _summary(reports: dict[str, dict[str, Any]]) -> dict[str, object]:
    """The largest differences, all labels that differ, and how much faster, over all sets."""
    methods = ("majority", "dawid_skene", "mace_vb", "mace_em")
    pairs = [report[method] for report in reports.values() for method in methods]
    faster = {
        method: round(
            sum(report[method]["peer_seconds"] for report in reports.values())
            / sum(report[method]["seconds"] for report in reports.values()),
            1,
        )
        for method in methods
    }
    alphas = [[report[name] for report in reports.values()] for name in _ALPHA_SECONDS]
    return {
        "max_posterior_difference": max(pair["posterior_difference"] for pair in pairs),
        "labels_differing": sum(pair["labels_differing"] for pair in pairs),
        "max_alpha_difference": max(report["alpha_difference"] for report in reports.values()),
        "times_faster": {**faster, "alpha": round(sum(alphas[0]) / sum(alphas[1]), 1)},
        "mean_accuracy": {
            **{
                method: _mean(report[method]["accuracy"] for report in reports.values())
                for method in methods
            },
            "dawid_skene_with_priors": _mean(r["accuracy_with_priors"] for r in reports.values()),
        },
    }


_ALPHA_SECONDS = ("alpha_peer_seconds", "alpha_seconds")


def _mean(values: Iterable[float | None]) -> float:
    return round(float(np.mean([value for value in values if value is not None])), 4)


def _shares(answers: Answers) -> Posteriors:
    votes = answers.votes().toarray()
    return votes / votes.sum(axis=1, keepdims=True)


def _mace(answers: Answers, method: Literal["vb", "em"]) -> Posteriors:
    return fit_mace(answers, method=method, restarts=1).posteriors


def _alphas(answers: Answers, rounds: int, peer: ModuleType) -> tuple[float, float, float, float]:
    seconds, peer_seconds = [], []
    for _ in range(rounds):
        start = process_time()
        value = krippendorff_alpha(answers)
        seconds.append(process_time() - start)
        peer_value, lasted = peer.alpha(answers)
        peer_seconds.append(lasted)
    assert value is not None  # every set has overlap
    return value, peer_value, min(seconds), min(peer_seconds)
