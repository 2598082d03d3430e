"""How many requests at a time an endpoint is given: found out by watching what comes back.

Nobody says how much an endpoint can do at once, and vLLM queues where others answer 429. So the
window grows while more in flight brings more tokens per second, and shrinks when the endpoint says
that it has too much: by 429, 503 or a time-out, or by the length of its own queue. It starts large:
what is too much waits in the endpoint's queue for a moment, what is too little idles it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

GROWTH, SHRINK = 1.5, 0.7
GAIN = 1.03
"""So much more must a step bring for the window to grow on."""
LEAST_STEP = 8
"""Answers of a step at least: fewer say nothing of tokens per second."""
FULL_SHARE = 0.9
"""A window counts as used up from here on: a place is empty for a moment after each answer."""
WAITING_SHARE = 0.5
"""A queue longer than this share of the window is too long."""
WAITING_FLOOR = 32
"""A queue does not shrink the window below this: it may be the queue of others."""
SETTLED_STEPS = 16
"""Steps for which a size is kept that did better than a larger one."""
LEAST_PAUSE_STEPS, MOST_PAUSE_STEPS = 2, 32
"""Steps for which a size is kept after a refusal; twice as many each time that growing failed."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The moment at which a request was sent."""

    at_s: float
    answers: int
    """Answers that had come by then."""


class Window:
    """The size, from what it is told. It neither sends nor waits."""

    def __init__(self, *, start: int, most: int, clock: Callable[[], float] = monotonic) -> None:
        self.most, self.size = most, min(start, most)
        self._clock = clock
        self._answers = 0
        self._shrunk = Sent(float("-inf"), -1)
        self._waiting = 0.0
        self._before = self.size
        self._kept_steps = 1
        """Steps before the next growth; 0 while a growth is on trial."""
        self._pause_steps = LEAST_PAUSE_STEPS
        self._last_rate = 0.0
        self._begin_step()

    def send(self) -> Sent:
        """Note that a request goes out now."""
        return Sent(self._clock(), self._answers)

    def answered(self, tokens: int, in_flight: int) -> None:
        """Count an answer; `in_flight` includes it."""
        self._answers += 1
        self._step_answers += 1
        self._step_tokens += tokens
        self._step_full += in_flight >= self.size * FULL_SHARE
        if self._step_answers >= max(self.size // 2, LEAST_STEP):
            self._end_step()

    def refused(self, sent: Sent) -> None:
        """Shrink for a 429 or 503: once for all that was sent before the last shrinking.

        An endpoint that refuses everything is out of order, not overloaded: only an answer since
        the last shrinking makes room for another.
        """
        if self._answers > self._shrunk.answers:
            self._shrink(sent, self.most)

    def timed_out(self, sent: Sent) -> None:
        """Shrink to what was answered in the time that this request had in vain."""
        self._shrink(sent, self._answers - sent.answers)

    def told_waiting(self, waiting: float, in_flight: int) -> None:
        """Take in how many requests wait inside the endpoint."""
        self._waiting = waiting
        drained = in_flight <= self.size
        if waiting > self.size * WAITING_SHARE and drained and self.size > WAITING_FLOOR:
            self._keep(max(int(self.size * SHRINK), WAITING_FLOOR), SETTLED_STEPS)

    def _shrink(self, sent: Sent, most: int) -> None:
        if sent.at_s < self._shrunk.at_s:
            return
        self._shrunk = self.send()
        if not self._kept_steps:
            self._pause_steps = min(2 * self._pause_steps, MOST_PAUSE_STEPS)
        self._keep(max(min(int(self.size * SHRINK), most), 1), self._pause_steps)

    def _end_step(self) -> None:
        """Grow on where the last growth has paid, take it back where not."""
        rate = self._step_tokens / max(self._clock() - self._step_began_s, 1e-6)
        if 2 * self._step_full < self._step_answers:
            self._begin_step()  # there was too little work to say anything
        elif self._kept_steps:
            self._kept_steps -= 1
            self._last_rate = rate
            self._begin_step() if self._kept_steps else self._grow()
        elif rate > self._last_rate * GAIN:
            self._pause_steps = LEAST_PAUSE_STEPS
            self._last_rate = rate
            self._grow()
        else:
            self._keep(self._before, SETTLED_STEPS)

    def _grow(self) -> None:
        """Give more, unless what the endpoint has already waits there."""
        if self._waiting or self.size == self.most:
            return self._keep(self.size, 1)
        self._before = self.size
        self.size = min(int(self.size * GROWTH) + 1, self.most)
        self._begin_step()

    def _keep(self, size: int, steps: int) -> None:
        self.size, self._kept_steps = size, steps
        self._begin_step()

    def _begin_step(self) -> None:
        self._step_began_s = self._clock()
        self._step_answers = self._step_tokens = self._step_full = 0
