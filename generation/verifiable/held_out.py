"""Which tasks are kept for evaluation: a property of the task, whatever its wording.

The rule needs no list: whoever meets a task (the corpus, a training round, a self-written
instruction) can tell that it is held out, and drop it.
"""

import hashlib
from random import Random
from typing import Protocol

from generation.verifiable.families import FAMILIES
from generation.verifiable.task import Parameters, Task, draw_task

HELD_OUT_BYTES = 26
"""Of 256 values of the hash's first byte: 10 % of the tasks."""


class Asked(Protocol):
    """Anything that knows what is asked: a drawn Task or a Solved instruction."""

    @property
    def family(self) -> str:
        """The family's name."""

    @property
    def parameters(self) -> Parameters:
        """Variant first, then the values of the slots."""


def is_held_out(asked: Asked) -> bool:
    """Whether the task belongs to the evaluation set and must never be trained on."""
    key = "\x1f".join((asked.family, *asked.parameters))
    return hashlib.sha256(key.encode()).digest()[0] < HELD_OUT_BYTES


def draw_training_task(family: str, rng: Random) -> Task:
    """A task that may be trained on."""
    while is_held_out(task := draw_task(FAMILIES[family], rng)):
        pass
    return task


def draw_evaluation_tasks(per_family: int, rng: Random) -> list[Task]:
    """Held-out tasks, each asked once, the same number of every family."""
    tasks: list[Task] = []
    for family in FAMILIES.values():
        chosen: dict[Parameters, Task] = {}
        while len(chosen) < per_family:
            task = draw_task(family, rng)
            if is_held_out(task):
                chosen.setdefault(task.parameters, task)
        tasks.extend(chosen.values())
    return tasks
