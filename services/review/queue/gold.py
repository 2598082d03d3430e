"""Gold: tasks whose answer is known, given blind among the others, or as training.

When a claim becomes gold is drawn from the system's randomness: a hash of what a reviewer can know
would let them foresee it.
"""

from collections.abc import Mapping
from random import SystemRandom
from typing import Any

from services.database.pool import Connection, Row
from services.review.kinds import KINDS, Kind
from services.review.queue import gold_repository as repository

_random = SystemRandom()
_SCORED = ("attributes", "turns")
"""Kinds with a score for each of several criteria."""


async def drawn(conn: Connection, reviewer: str, queue: Row, claims: int) -> int:
    """How many of so many claims in a queue shall be gold: one in `gold_every`, twice for the new.

    Whether somebody is new is asked only where the draw depends on it.
    """
    every: int = queue["gold_every"]
    if every == 0:
        return 0
    draws = [_random.random() * every for _ in range(claims)]
    always = sum(draw < 1 for draw in draws)
    if_new = sum(1 <= draw < 2 for draw in draws)
    if if_new and not await repository.new_here(conn, reviewer, queue["id"]):
        if_new = 0
    return always + if_new


async def mark(conn: Connection, assignment: Row, answer: dict[str, Any]) -> None:
    """Record whether a canonical answer is right."""
    known = await repository.gold(conn, assignment["task_id"])
    kind = KINDS[assignment["kind"]]
    correct = is_right(kind, answer, known["expected"], known["label"])
    await repository.mark(conn, assignment["id"], correct)


def is_right(
    kind: Kind[Any, Any], answer: Mapping[str, Any], expected: Mapping[str, Any], label: str
) -> bool:
    """Whether an answer agrees with what is known.

    Where several criteria are scored, each must be within 1 of what is expected; else labels must
    be the same.
    """
    wanted, given = kind.values(expected), kind.values(answer)
    if kind.name in _SCORED:
        return all(abs(float(given[name]) - float(wanted[name])) <= 1 for name in wanted)
    return kind.label(answer) == label
