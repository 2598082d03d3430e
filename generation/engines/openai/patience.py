"""How long to wait before the next attempt, and when to stop trying."""

import random
from collections.abc import Callable
from time import monotonic

from generation.engines.openai.problems import Problem
from ingot.errors import ModelError

FIRST_REST_S = 0.5
LONGEST_REST_S = 20.0


def back_off(attempt: int, asked_s: float) -> float:
    """Seconds to rest before attempt 1, 2, ...: full jitter, after what the endpoint asked for.

    Full jitter spreads the retries best: https://aws.amazon.com/blogs/architecture/
    exponential-backoff-and-jitter/ (2015).
    """
    longest_s = min(FIRST_REST_S * 2.0 ** min(attempt, 16), LONGEST_REST_S)
    return asked_s + random.uniform(0, longest_s)


class Patience:
    """The endpoint's state: it may be out of order for so long, then the engine is gone."""

    def __init__(
        self, endpoint: str, patience_s: float, clock: Callable[[], float] = monotonic
    ) -> None:
        self._endpoint, self._patience_s, self._clock = endpoint, patience_s, clock
        self._since_s: float | None = None
        self._troubled = 0

    def succeeded(self) -> None:
        """It answers: whatever was is over."""
        self._since_s = None

    def begin(self) -> None:
        """One more request is troubled by the endpoint's state."""
        self._troubled += 1

    def end(self) -> None:
        """One request less; with the last one, nobody knows how long trouble lasted."""
        self._troubled -= 1
        if not self._troubled:
            self._since_s = None

    def try_on(self, problem: Problem) -> None:
        """Raise ModelError where nothing has succeeded for too long."""
        now_s = self._clock()
        if self._since_s is None:
            self._since_s = now_s
        if now_s - self._since_s >= self._patience_s:
            raise ModelError(
                f"{self._endpoint} has answered nothing for {self._patience_s:g} s "
                f"({problem}): nothing is lost; see to it and run again"
            ) from problem

    def left_s(self) -> float:
        """Seconds until it is too long."""
        since_s = self._clock() if self._since_s is None else self._since_s
        return max(since_s + self._patience_s - self._clock(), 0.0)
