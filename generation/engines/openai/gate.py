"""The places of the window: a request waits for one before it is sent and gives it back after."""

import asyncio
from collections import deque

from generation.engines.openai.window import Sent, Window


class Gate:
    """`window.size` places, first come, first served; who was sent back comes first."""

    def __init__(self, window: Window) -> None:
        self.window = window
        self.in_flight = 0
        self.resting = 0
        """Requests that wait out a back-off; they hold no place."""
        self._queue: deque[asyncio.Future[None]] = deque()

    @property
    def capacity(self) -> int:
        """How many requests the engine can have in hand: resting ones take up no room."""
        return self.window.size + min(self.resting, self.window.most)

    async def enter(self, *, again: bool) -> Sent:
        """Take a place; `again` goes before those that were never sent."""
        if self._queue or self.in_flight >= self.window.size:
            await self._wait(again)
        else:
            self.in_flight += 1
        return self.window.send()

    async def _wait(self, again: bool) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._queue.appendleft if again else self._queue.append)(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave()  # the place was given in the same moment
            else:
                self._queue.remove(turn)
            raise

    def leave(self) -> None:
        """Give the place back."""
        self.in_flight -= 1
        self.admit()

    def admit(self) -> None:
        """Let in as many as the window has room for."""
        while self._queue and self.in_flight < self.window.size:
            self.in_flight += 1
            self._queue.popleft().set_result(None)  # one that is cancelled has left the queue

    async def rest(self, delay_s: float) -> None:
        """Wait out a back-off, without a place."""
        self.resting += 1
        try:
            await asyncio.sleep(delay_s)
        finally:
            self.resting -= 1
