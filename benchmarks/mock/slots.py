"""The decode slots: so many requests at a time, first come, first served.

A simulation that answers on time: who holds which slot until when is planned on paper, from the
times of arrival alone. A timer that fires late delays the answers and never the plan, so nothing
drifts, however busy the machine.
"""

import asyncio
import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from time import monotonic

EARLY_S = 1e-3
"""uvloop rounds timers to milliseconds: an answer may leave by so much before its time."""


@dataclass(slots=True)
class Job:
    """A request in the queue or in a slot."""

    hold_s: float
    done: Callable[[], None]
    arrived_s: float = 0.0
    starts_s: float | None = None
    """None while it waits."""
    dropped: bool = False

    @property
    def ends_s(self) -> float:
        """When its slot is free again; only once it has started."""
        assert self.starts_s is not None
        return self.starts_s + self.hold_s


class Slots:
    """Slots and their queue on the running event loop."""

    def __init__(self, slots: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._idle = [0.0] * slots
        """Since when each idle slot is free, the earliest first."""
        self._held: list[tuple[float, int, Job]] = []
        """Jobs in slots by their end; the number settles ties."""
        self._queue: deque[Job] = deque()
        self._numbers = count()
        self._timer: asyncio.TimerHandle | None = None
        self.running = 0
        self.waiting = 0
        self.max_in_flight = 0
        self.busy_s = 0.0
        """Slot-seconds held by requests that ended."""

    def submit(self, job: Job) -> None:
        """Start a job, or queue it; `done` is called when its time is over."""
        job.arrived_s = monotonic()
        self._advance()
        if self._idle:
            self._start(job, heapq.heappop(self._idle))
        else:
            self._queue.append(job)
            self.waiting += 1
        self.max_in_flight = max(self.max_in_flight, self.running + self.waiting)
        self._arm()

    def drop(self, job: Job) -> None:
        """Give up a job whose client has gone; its slot is free at once."""
        job.dropped = True
        if job.starts_s is None:
            self.waiting -= 1
        else:
            now_s = monotonic()
            self._release(max(now_s - job.starts_s, 0.0), now_s)
            self._arm()

    def _start(self, job: Job, free_since_s: float) -> None:
        self.running += 1
        job.starts_s = max(free_since_s, job.arrived_s)
        heapq.heappush(self._held, (job.ends_s, next(self._numbers), job))

    def _release(self, held_s: float, at_s: float) -> None:
        """Count a slot's time and pass the slot to who is next."""
        self.running -= 1
        self.busy_s += held_s
        while self._queue:
            following = self._queue.popleft()
            if not following.dropped:
                self.waiting -= 1
                return self._start(following, at_s)
        heapq.heappush(self._idle, at_s)

    def _advance(self) -> None:
        """End, in order, what is over by now."""
        until_s = monotonic() + EARLY_S
        while self._held and self._held[0][0] <= until_s:
            ends_s, _, job = heapq.heappop(self._held)
            if not job.dropped:
                self._release(job.hold_s, ends_s)
                job.done()

    def _arm(self) -> None:
        """Wake up for the next end."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._held:
            delay_s = max(self._held[0][0] - monotonic(), 0.0)
            self._timer = self._loop.call_later(delay_s, self._wake)

    def _wake(self) -> None:
        self._advance()
        self._arm()
