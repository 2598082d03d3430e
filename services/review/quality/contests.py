"""Preferences as contests: each answer that is shown in a queue has a strength, by Bradley-Terry.

In a pairwise queue the same answer to the same prompt may stand in several tasks; its strength then
follows from all of them. In a ranking each of its pairs is a contest.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from ingot.errors import ReviewError
from ingot.records import content_id
from services.database.pool import Row

Contest = tuple[str, str, float]
"""Winner, loser, weight; a tie is half a contest each way."""


def bradley_terry(
    kind: str, rows: list[Row], payloads: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, float]]:
    """For each pairwise task the chance of A and of B; for a ranking the share of each place.

    Raises ReviewError for kinds without preferences.
    """
    if kind not in ("pairwise", "ranking"):
        raise ReviewError(f"bradley_terry weighs preferences, and this queue asks for {kind!r}")
    sides = {task: tuple(_sides(kind, payload)) for task, payload in payloads.items()}
    contests = [each for row in rows for each in _contests(kind, row, sides[row["task_id"]])]
    strengths = _strengths(contests, {name for names in sides.values() for name in names})
    names = ("A", "B") if kind == "pairwise" else None
    return {
        task: _chances([strengths[each] for each in shown], names) for task, shown in sides.items()
    }


def _strengths(contests: list[Contest], things: set[str]) -> dict[str, float]:
    import numpy as np

    from judging.people.bradley_terry import fit_bradley_terry

    if not things:
        return {}
    places = {name: place for place, name in enumerate(sorted(things))}
    winners = np.array([places[winner] for winner, _, _ in contests], dtype=np.int64)
    losers = np.array([places[loser] for _, loser, _ in contests], dtype=np.int64)
    weights = np.array([weight for *_, weight in contests], dtype=np.float64)
    fitted = fit_bradley_terry(winners, losers, len(places), weights=weights)
    return dict(zip(places, fitted.strengths.tolist(), strict=True))


def _sides(kind: str, payload: Mapping[str, Any]) -> Iterator[str]:
    """A name for each answer that is shown, by its content."""
    shown = (payload["a"], payload["b"]) if kind == "pairwise" else payload["answers"]
    return (content_id("ans", [payload["prompt"], answer]) for answer in shown)


def _contests(kind: str, row: Row, sides: tuple[str, ...]) -> Iterator[Contest]:
    if kind == "pairwise":
        yield from _contest(sides[0], sides[1], row["answer"]["preference"])
        return
    rank = {place: n for n, group in enumerate(row["answer"]["order"]) for place in group}
    for one, other in combinations(sorted(rank), 2):
        yield from _contest(sides[one], sides[other], rank[one] - rank[other])


def _contest(first: str, second: str, order: int) -> Iterator[Contest]:
    """Below 0 the first is preferred."""
    if first == second:
        return
    if order == 0:
        yield first, second, 0.5
        yield second, first, 0.5
    else:
        yield (first, second, 1.0) if order < 0 else (second, first, 1.0)


def _chances(strengths: list[float], names: tuple[str, ...] | None) -> dict[str, float]:
    total = sum(strengths)
    keys = names or tuple(map(str, range(len(strengths))))
    return {key: strength / total for key, strength in zip(keys, strengths, strict=True)}
