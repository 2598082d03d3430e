"""Ranks from scores: 1 for the highest, equal ranks for scores that are too near to tell apart."""

from collections.abc import Sequence


def rank_scores(scores: Sequence[float], tolerance: float = 0.0) -> tuple[int, ...]:
    """The rank of each score, from 1; after t equal ranks the next one is t higher.

    A score shares the rank of the highest one that it is within the tolerance of, so a long slope
    of small steps is no tie.
    """
    order = sorted(range(len(scores)), key=lambda place: -scores[place])
    ranks = [0] * len(scores)
    leader = order[0]
    for position, place in enumerate(order):
        if scores[leader] - scores[place] > tolerance:
            leader = place
        ranks[place] = ranks[leader] if place != leader else position + 1
    return tuple(ranks)
