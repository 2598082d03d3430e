"""A second try for what takes suspiciously long: the first answer counts, the other is cancelled.

A request counts as late when it has taken SLOW_FACTOR times as long as 95 of 100 others. Few of
them may be repeated, so that a slow endpoint is not made slower.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from time import monotonic
from typing import Any

SLOW_FACTOR = 3.0
LEAST_DELAY_S = 5.0
LEAST_ANSWERS = 50
"""Answers before it is known what takes long."""
HEDGED_SHARE = 0.02
"""Of all requests, so many may be sent twice at most."""
REMEMBERED = 512
"""The latest answers, whose times tell what takes long."""

Send = Callable[[], Coroutine[Any, Any, bytes]]


class Flight:
    """One request on its way, perhaps twice; `landed` gets the first answer."""

    def __init__(self, send: Send, began_s: float) -> None:
        self.began_s, self._send = began_s, send
        self.landed: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._tasks: list[asyncio.Task[bytes]] = []

    @property
    def hedged(self) -> bool:
        """Whether it was sent twice."""
        return len(self._tasks) > 1

    def launch(self) -> None:
        """Send it, or send it again."""
        task = asyncio.create_task(self._send())
        self._tasks.append(task)
        task.add_done_callback(self._end)

    def _end(self, task: "asyncio.Task[bytes]") -> None:
        error = None if task.cancelled() else task.exception()
        if self.landed.done() or task.cancelled():
            return
        if error is None:
            self.landed.set_result(task.result())
        elif all(each.done() for each in self._tasks):
            self.landed.set_exception(error)

    def cancel(self) -> None:
        """Give up what is still on its way."""
        for task in self._tasks:
            task.cancel()


class Hedge:
    """All flights of one engine."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._flights: dict[Flight, None] = {}
        self._took_s: deque[float] = deque(maxlen=REMEMBERED)
        self.sent = 0
        self.hedged = 0

    async def fly(self, send: Send) -> bytes:
        """Send and wait for the first answer; raises what the last of the attempts raised."""
        flight = Flight(send, self._clock())
        self.sent += 1
        self._flights[flight] = None
        flight.launch()
        try:
            answer = await flight.landed
            self._took_s.append(self._clock() - flight.began_s)
            return answer
        finally:
            flight.cancel()
            del self._flights[flight]

    def late_s(self) -> float | None:
        """From when on a request counts as late; None while too little is known."""
        if len(self._took_s) < LEAST_ANSWERS:
            return None
        times = sorted(self._took_s)
        return max(SLOW_FACTOR * times[int(0.95 * len(times))], LEAST_DELAY_S)

    def look(self) -> None:
        """Send again what is late, the oldest first."""
        late_s = self.late_s()
        if late_s is None:
            return
        before_s = self._clock() - late_s
        for flight in self._flights:
            if flight.began_s > before_s:
                return
            if not flight.hedged and self.hedged + 1 <= HEDGED_SHARE * self.sent:
                self.hedged += 1
                flight.launch()


async def every(interval_s: float, act: Callable[[], Awaitable[None]]) -> None:
    """Act again and again, until cancelled."""
    while True:
        await asyncio.sleep(interval_s)
        await act()
