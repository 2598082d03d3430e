"""What the answers to each task mean together, by a method of one's choice."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Literal

from ingot.errors import ReviewError
from ingot.records import Model
from services.database.pool import Connection, Row
from services.review.quality import answers_repository as repository
from services.review.quality.contests import bradley_terry

Method = Literal["majority", "dawid_skene", "mace", "bradley_terry"]
Rows = list[tuple[str, str, str]]
POSSIBLE: Mapping[str, tuple[str, ...]] = {
    "pairwise": ("A", "B"),
    "accept": ("accept", "reject"),
    "trajectory": ("success", "failure"),
    "facts": ("right", "wrong"),
}
"""Labels that could be true though nobody said them."""


class TaskLabel(Model):
    """What the answers to one task mean together."""

    task_id: str
    item_id: str
    label: str
    """'' where the best ones are level."""
    probability: float
    """Share of the votes (majority), or by the model."""
    answers: int
    labels: dict[str, float]
    """The probability of each."""
    known: bool = False
    """An adjudicator decided it."""


class Ability(Model):
    """How good the model holds a person to be."""

    reviewer: str
    ability: float
    """dawid_skene: share of right answers; mace: chance to know and not to guess."""


class Consensus(Model):
    """The labels of a queue's tasks."""

    queue_id: str
    method: Method
    tasks: tuple[TaskLabel, ...]
    """In the order of their ids."""
    people: tuple[Ability, ...] = ()
    """The best first; none by majority and bradley_terry."""


async def find(
    conn: Connection, queue: Row, method: Method, *, after: str = "", limit: int = 1_000
) -> Consensus:
    """Labels of a queue's tasks by one method, a page of them.

    Answers to gold, and those to tasks that were adjudicated, teach how good people are. Raises
    ReviewError where the method cannot weigh such answers.
    """
    rows = [row for row in await repository.counted(conn, queue["id"]) if row["label"]]
    decided = await repository.decided(conn, queue["id"])
    people: tuple[Ability, ...] = ()
    if method == "bradley_terry":
        payloads = await repository.payloads(conn, sorted({row["task_id"] for row in rows}))
        labels = await asyncio.to_thread(bradley_terry, queue["kind"], rows, payloads)
    else:
        gold = await repository.to_gold(conn, queue["id"])
        known = decided | {row["task_id"]: row["known"] for row in gold}
        said = [(row["task_id"], row["reviewer"], row["label"]) for row in (*rows, *gold)]
        labels, people = await asyncio.to_thread(_weighed, queue["kind"], method, said, known)
    items = {row["task_id"]: row["item_id"] for row in rows}
    answers = Counter(row["task_id"] for row in rows)
    page = sorted(task for task in items if task > after)[:limit]
    return Consensus(
        queue_id=queue["id"],
        method=method,
        tasks=tuple(
            _task(task, items[task], answers[task], labels[task], decided.get(task))
            for task in page
        ),
        people=people,
    )


def _task(
    task: str, item: str, answers: int, labels: Mapping[str, float], known: str | None
) -> TaskLabel:
    if known is not None:
        labels = {known: 1.0}
    best = sorted(labels.items(), key=lambda each: (-each[1], each[0]))
    level = len(best) > 1 and best[0][1] - best[1][1] < 1e-9
    return TaskLabel(
        task_id=task,
        item_id=item,
        label="" if level else best[0][0],
        probability=best[0][1],
        answers=answers,
        labels=dict(best),
        known=known is not None,
    )


def _weighed(
    kind: str, method: Method, said: Rows, known: Mapping[str, str]
) -> tuple[dict[str, dict[str, float]], tuple[Ability, ...]]:
    if method == "majority" or not said:
        return _shares(said), ()
    posteriors, abilities = _fitted(kind, method, said, known)
    best_first = sorted(abilities.items(), key=lambda each: (-each[1], each[0]))
    return posteriors, tuple(Ability(reviewer=name, ability=value) for name, value in best_first)


def _shares(said: Rows) -> dict[str, dict[str, float]]:
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for task, _, label in said:
        votes[task][label] += 1
    return {
        task: {label: count / cast.total() for label, count in cast.items()}
        for task, cast in votes.items()
    }


def _fitted(
    kind: str, method: Method, said: Rows, known: Mapping[str, str]
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    from judging.people.answers import collect, gold_indices
    from judging.people.mace import fit_mace
    from judging.people.posterior import estimate

    tasks = {task for task, *_ in said}
    gold = {task: label for task, label in known.items() if task in tasks}
    answers = collect(said, labels=(*POSSIBLE.get(kind, ()), *gold.values()))
    if len(answers.label_names) < 2:
        raise ReviewError(
            f"all answers say {answers.label_names[0]!r}: there is nothing to weigh; take majority"
        )
    if method == "mace":
        fitted = fit_mace(answers, gold=gold_indices(answers, gold))
        posteriors, abilities = fitted.posteriors, fitted.competence
    else:
        estimated = estimate(answers, gold=gold_indices(answers, gold))
        posteriors, abilities = estimated.posteriors, estimated.accuracies
    labels = {
        task: dict(zip(answers.label_names, row.tolist(), strict=True))
        for task, row in zip(answers.item_names, posteriors, strict=True)
    }
    return labels, dict(zip(answers.worker_names, abilities.tolist(), strict=True))
