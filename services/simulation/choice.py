"""What a simulated reviewer says of two answers, and how long it takes.

All draws follow from the seed and the content of the task, never from chance or from the sides on
the screen, so a rerun answers alike; only a habit of taking the left side looks at sides.
"""

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import orjson

from ingot.orders import SimulatedHabits
from services.simulation.truth import Truth

_TIE_WITHIN = 0.5
_LONGEST_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Seen:
    """The last turns of what stands on the screen; `a` is left."""

    prompt: str
    a: str
    b: str

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> "Seen":
        """From the item of a comparison."""
        return cls(*(item[part][-1]["content"] for part in ("prompt", "a", "b")))


def choose(seen: Seen, truth: Truth, habits: SimulatedHabits, domain: str, seed: int) -> str:
    """'A', 'B' or 'tie', as the answers stand on the screen.

    What it takes without looking comes first: the longer one, then a side. Looking, it is right at
    its accuracy; else it says one of the two other things.
    """
    if len(seen.a) != len(seen.b) and draw(seed, seen, "longer") < habits.length_bias:
        return "A" if len(seen.a) > len(seen.b) else "B"
    if draw(seed, seen, "side") < abs(habits.left_bias):
        return "A" if habits.left_bias > 0 else "B"
    accuracy = habits.accuracy_by_domain.get(domain, habits.accuracy)
    verdict = _look(seen, truth, accuracy, draw(seed, seen))
    if verdict == "tie" and draw(seed, seen, "no tie") < habits.tie_aversion:
        return _any_side(seen, draw(seed, seen, "which") < _TIE_WITHIN)
    return verdict


def active_ms(seen: Seen, habits: SimulatedHabits, seed: int) -> int:
    """How long the answer took, log-normal around the median."""
    uniform = max(draw(seed, seen, "time"), 1e-12)
    seconds = habits.seconds * math.exp(habits.spread * NormalDist().inv_cdf(uniform))
    return round(min(seconds, _LONGEST_S) * 1000)


def draw(seed: int, seen: Seen, what: str = "") -> float:
    """Uniform in [0, 1), the same for the same content whichever side it stands on."""
    content = [seed, seen.prompt, sorted((seen.a, seen.b))]
    digest = hashlib.sha256(orjson.dumps([*content, what] if what else content)).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def _look(seen: Seen, truth: Truth, accuracy: float, chance: float) -> str:
    right = {(True, False): "A", (False, True): "B"}
    verdict = right.get((truth(seen.prompt, seen.a), truth(seen.prompt, seen.b)), "tie")
    if chance < accuracy:
        return verdict
    if verdict == "tie":
        return _any_side(seen, True)
    opposite = "B" if verdict == "A" else "A"
    return opposite if chance < (1 + accuracy) / 2 else "tie"


def _any_side(seen: Seen, first: bool) -> str:
    """The side of the text that sorts first, or of the other."""
    return "A" if (seen.a < seen.b) is first else "B"
