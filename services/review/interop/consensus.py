"""Which answers of a task stand: the adjudicator's, or those of the majority."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from services.database.pool import Row

Answer = dict[str, Any]


def counted(task: Row) -> list[Answer]:
    """The answers that count, oldest first."""
    return [answer for answer in task["answers"] if answer["counted"]]


def standing(task: Row) -> Sequence[Answer]:
    """The answers that say what the task's result is: none where no label leads.

    Texts have no label: each of them stands.
    """
    if task["adjudication"] is not None:
        return [task["adjudication"]]
    answers = counted(task)
    ranked = Counter(answer["label"] for answer in answers).most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] == ranked[1][1]):
        return []
    label = ranked[0][0]
    agreeing = [answer for answer in answers if answer["label"] == label]
    return agreeing if label == "" else agreeing[:1]


def agreement(task: Row) -> float | None:
    """Share of the counted answers that have the leading label; None without labels."""
    labels = Counter(answer["label"] for answer in counted(task) if answer["label"])
    return max(labels.values()) / labels.total() if labels else None
