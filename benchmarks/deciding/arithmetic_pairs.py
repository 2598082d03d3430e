"""Pairs of one right and one wrong answer to tasks that the embedded models never saw."""

from itertools import cycle, islice
from random import Random

from generation.verifiable.families import FAMILIES
from generation.verifiable.held_out import draw_evaluation_tasks
from generation.verifiable.misconceptions import respond_wrongly
from ingot.records import Message, Pair

MOST = 40
"""Tasks of a family: of some there are hardly more. Beyond it they come back with other errors."""


def draw_pairs(count: int, seed: int) -> list[Pair]:
    """So many pairs of all families; `verified` names the right side, which is a coin's."""
    rng = Random(seed)
    tasks = draw_evaluation_tasks(min(MOST, -(-count // len(FAMILIES))), rng)
    rng.shuffle(tasks)
    pairs = []
    for number, task in enumerate(islice(cycle(tasks), count)):
        texts = [task.worked.text, respond_wrongly(task, rng)]
        right = rng.choice(("A", "B"))
        a, b = (_answer(text) for text in (texts if right == "A" else reversed(texts)))
        pairs.append(
            Pair(
                instruction_id=f"ins_{number}",
                a_id=f"cmp_{number}a",
                b_id=f"cmp_{number}b",
                prompt=(Message(role="user", content=task.text),),
                a=a,
                b=b,
                domain=task.family,
                verified=right,
            )
        )
    return pairs


def _answer(text: str) -> tuple[Message, ...]:
    return (Message(role="assistant", content=text),)
