"""Simulated reviewers at work side by side, each with a key, habits and a seed of its own."""

import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait

from ingot.client import Client
from ingot.orders import OrderSpec, SimulatedHabits
from services.simulation.reviewer import SimulatedReviewer
from services.simulation.truth import truth_of


def team_of(spec: OrderSpec) -> tuple[SimulatedHabits, ...]:
    """The order's own team, or as many alike reviewers as a task may need."""
    alike = SimulatedHabits(accuracy=spec.review.simulated_accuracy)
    return spec.review.simulated_team or (alike,) * spec.review.most_answers


def answer_as_team(url: str, keys: Sequence[str], spec: OrderSpec) -> int:
    """Answer all that is open, each member with the key of their place; gives the answers' number.

    Whatever ends the wait early, an interrupt or one member's failure, ends all members' work.
    """
    truth, stop = truth_of(spec), threading.Event()

    def work(place: int, key: str, habits: SimulatedHabits) -> int:
        with Client(url, key) as client:
            seed = spec.seed + place
            return SimulatedReviewer(client, truth, habits, seed=seed, stop=stop).answer_all()

    team = team_of(spec)
    with ThreadPoolExecutor(len(team)) as pool:
        at_work = [
            pool.submit(work, place, key, habits)
            for place, (key, habits) in enumerate(zip(keys, team, strict=False), start=1)
        ]
        try:
            wait(at_work, return_when=FIRST_EXCEPTION)
        finally:
            stop.set()
        return sum(member.result() for member in at_work)
