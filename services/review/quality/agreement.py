"""How far people agree beyond chance: alpha and kappas, with intervals, or why there are none."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import combinations
from typing import TYPE_CHECKING, Literal

from ingot.records import Model
from services.database.pool import Connection, Row
from services.review.kinds import KINDS
from services.review.quality.answers_repository import counted

if TYPE_CHECKING:
    from judging.people.answers import Answers
    from judging.people.shares import Interval

Scale = Literal["nominal", "ordinal", "interval"]
DELTA = 0.05
ROUNDS = 500
"""Draws of items for an interval."""
LEAST_COMMON, MOST_PAIRS = 10, 20
"""Pairs of people are compared from so many common tasks on, those with the most first."""
_WORDS: tuple[Scale, ...] = ("nominal",)
_NUMBERS: tuple[Scale, ...] = ("nominal", "ordinal", "interval")


class Measure(Model):
    """A measure of agreement with its 95 % interval."""

    name: Literal["alpha", "fleiss", "cohen"]
    scale: Scale
    value: float | None
    """1: always the same; 0: as by chance; None where it is undefined."""
    low: float | None = None
    high: float | None = None
    why: str = ""
    """Why it is undefined; '' where it is not."""


class Criterion(Model):
    """Agreement on one thing that answers say."""

    criterion: str
    """'label' is the one word of an answer that is counted."""
    tasks: int
    tasks_with_overlap: int
    """Those that two or more people answered: only these tell anything."""
    answers: int
    measures: tuple[Measure, ...]


class Couple(Model):
    """Cohen's kappa of two people."""

    first: str
    second: str
    tasks: int
    """That both answered."""
    kappa: Measure


class Agreement(Model):
    """Agreement in a queue under one guideline version, or under all."""

    queue_id: str
    guideline_n: int | None
    answers: int
    simulated: int
    """Of these answers, how many came from programs."""
    criteria: tuple[Criterion, ...]
    couples: tuple[Couple, ...]
    """Pairs of people with at least 10 common tasks, those with the most first."""


async def measure(conn: Connection, queue: Row, guideline_n: int | None = None) -> Agreement:
    """Agreement over the answers that count, gold left out; computed beside the event loop."""
    rows = await counted(conn, queue["id"], guideline_n)
    return await asyncio.to_thread(_measured, queue, guideline_n, rows)


def _measured(queue: Row, guideline_n: int | None, rows: list[Row]) -> Agreement:
    kind = KINDS[queue["kind"]]
    said: dict[str, list[tuple[str, str, str]]] = {"label": []}
    numeric: set[str] = set()
    for row in rows:
        said["label"].append((row["task_id"], row["reviewer"], row["label"]))
        for name, value in kind.values(row["answer"]).items():
            said.setdefault(name, []).append((row["task_id"], row["reviewer"], str(value)))
            if isinstance(value, float):
                numeric.add(name)
    said["label"] = [each for each in said["label"] if each[2]]
    return Agreement(
        queue_id=queue["id"],
        guideline_n=guideline_n,
        answers=len(rows),
        simulated=sum(row["simulated"] for row in rows),
        criteria=tuple(
            _criterion(name, each, _NUMBERS if name in numeric else _WORDS)
            for name, each in said.items()
        ),
        couples=tuple(_couples(said["label"])),
    )


def _criterion(name: str, rows: list[tuple[str, str, str]], scales: tuple[Scale, ...]) -> Criterion:
    from judging.people.alpha import bootstrap_alpha, krippendorff_alpha
    from judging.people.answers import collect
    from judging.people.kappa import bootstrap_fleiss, fleiss_kappa

    answers = collect(rows)
    why = _why_undefined(answers)
    measures = [
        _measure("alpha", scale, None, None, why)
        if why
        else _measure(
            "alpha",
            scale,
            krippendorff_alpha(answers, scale),
            bootstrap_alpha(answers, scale, delta=DELTA, seed=0, rounds=ROUNDS),
        )
        for scale in scales
    ]
    interval = None if why else bootstrap_fleiss(answers, delta=DELTA, seed=0, rounds=ROUNDS)
    fleiss = None if why else fleiss_kappa(answers)
    return Criterion(
        criterion=name,
        tasks=answers.shape[0],
        tasks_with_overlap=int((answers.people_per_item() >= 2).sum()),
        answers=len(answers.items),
        measures=(*measures, _measure("fleiss", "nominal", fleiss, interval, why)),
    )


def _why_undefined(answers: "Answers") -> str:
    if not len(answers.items):
        return "No answer has a label to compare yet."
    overlap = answers.people_per_item() >= 2
    if not overlap.any():
        return "No task has answers of two people yet: ask for an overlap of 2 or more."
    said = {answers.label_names[label] for label in answers.of_items(overlap).labels}
    if len(said) == 1:
        return (
            f"All answers to tasks with overlap say {said.pop()!r}: where nothing varies, "
            "agreement cannot be told from chance."
        )
    return ""


def _couples(rows: Iterable[tuple[str, str, str]]) -> Iterable[Couple]:
    import numpy as np

    from judging.people.answers import sort_labels
    from judging.people.kappa import bootstrap_cohen, cohen_kappa

    by_task: dict[str, dict[str, str]] = defaultdict(dict)
    for task, reviewer, label in rows:
        by_task[task][reviewer] = label
    labels = {name: n for n, name in enumerate(sort_labels(label for *_, label in rows))}
    common = Counter(pair for said in by_task.values() for pair in combinations(sorted(said), 2))
    for (first, second), tasks in common.most_common(MOST_PAIRS):
        if tasks < LEAST_COMMON:
            return
        both = [said for said in by_task.values() if first in said and second in said]
        one, other = (np.array([labels[said[name]] for said in both]) for name in (first, second))
        kappa = cohen_kappa(one, other)
        interval = bootstrap_cohen(one, other, delta=DELTA, seed=0, rounds=ROUNDS)
        why = "" if kappa is not None else "Both always say the same one label."
        yield Couple(
            first=first,
            second=second,
            tasks=tasks,
            kappa=_measure("cohen", "nominal", kappa, interval, why),
        )


def _measure(
    name: Literal["alpha", "fleiss", "cohen"],
    scale: Scale,
    value: float | None,
    interval: "Interval | None",
    why: str = "",
) -> Measure:
    low, high = (interval.low, interval.high) if interval else (None, None)
    return Measure(name=name, scale=scale, value=value, low=low, high=high, why=why)
