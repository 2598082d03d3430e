"""One simulated reviewer: a client that takes and answers tasks over the REST API, as people do."""

import math
import threading
from collections.abc import Mapping
from typing import Any

from ingot.client import Client
from ingot.orders import SimulatedHabits
from services.simulation.choice import Seen, active_ms, choose, draw
from services.simulation.truth import Truth, domain_of

PREFERENCES = {"A": -2, "tie": 0, "B": 2}
_AT_ONCE = 5


class SimulatedReviewer:
    """Takes and answers tasks until there are none.

    It sees what a person sees. Its key is marked as simulated, and so the server marks all that
    rests on its answers; tasks of orders that want people only do not come to it. It compares two
    answers and nothing else: other kinds of work it leaves to others.
    """

    def __init__(
        self,
        client: Client,
        truth: Truth,
        habits: SimulatedHabits,
        *,
        seed: int,
        stop: threading.Event | None = None,
    ) -> None:
        self.client, self.truth, self.habits, self.seed = client, truth, habits, seed
        self.stop = stop or threading.Event()

    def answer_all(self) -> int:
        """Answer every task that the queue gives, or until `stop` is set; gives their number."""
        answered = 0
        while not self.stop.is_set() and (leased := self.client.lease(_AT_ONCE)):
            for assignment in leased:
                answered += self._work(assignment)
        return answered

    def decide(self, item: Mapping[str, Any]) -> str:
        """'A', 'B' or 'tie' of a comparison as it stands on the screen."""
        seen = Seen.of(item)
        return choose(seen, self.truth, self.habits, domain_of(seen.prompt), self.seed)

    def _work(self, assignment: Mapping[str, Any]) -> bool:
        """Answer one, or give it back; says whether it was answered."""
        if assignment["queue"]["kind"] != "pairwise":
            self.client.skip(assignment["id"], "expertise")
            return False
        if _chance(self.seed, assignment["id"], "drop") < self.habits.drops:
            self.client.release(assignment["id"])
            return False
        took_ms = active_ms(Seen.of(assignment["item"]), self.habits, self.seed)
        if self.habits.real_time:
            self.stop.wait(took_ms / 1000)
        answer = {"preference": PREFERENCES[self.decide(assignment["item"])]}
        self.client.answer(assignment["id"], answer, active_ms=took_ms)
        self._rest(assignment["id"])
        return True

    def _rest(self, assignment_id: str) -> None:
        """Sit idle for a while, exponentially distributed."""
        if self.habits.idle_seconds:
            uniform = _chance(self.seed, assignment_id, "idle")
            self.stop.wait(-self.habits.idle_seconds * math.log(1 - uniform))


def _chance(seed: int, assignment_id: str, what: str) -> float:
    """Uniform in [0, 1), anew for each lease: what was given back once is not given back always."""
    return draw(seed, Seen(assignment_id, "", ""), what)
