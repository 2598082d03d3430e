"""A lane: one engine with its window of requests in flight, kept full by need, deepest first.

Whoever has come furthest goes first, so items finish, memory stays bounded, and a chain of
requests never waits behind the beginning of another. Among equals the one expected to be longest
goes first, so the last slots to run dry hold short ones (longest processing time first; Graham
1969, SIAM J. Appl. Math. 17(2)). Nothing is gathered and nothing is chunked: as soon as one
request is done, the next one enters.
"""

import asyncio
import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Protocol, runtime_checkable

from ingot.engine import Engine, Generated, Request
from ingot.journal import Answers

LEARNING_RATE = 0.05
"""Weight of the newest length in a step's running mean."""


@dataclass(slots=True)
class Account:
    """What a lane did with its time and tokens."""

    asked: int = 0
    """Requests that reached the engine."""
    replayed: int = 0
    """Requests that the journal answered."""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    failed: int = 0
    busy_slot_s: float = 0.0
    """Slots at work, in slot-seconds; all of these are 0 where the number of slots is unknown."""
    starved_slot_s: float = 0.0
    """Slots empty although there was more to do."""
    waiting_slot_s: float = 0.0
    """Slots empty while another lane had more than it could take."""
    tail_slot_s: float = 0.0
    """Slots empty because the last requests were out."""

    @property
    def slot_s(self) -> float:
        """All slot-seconds from the first request to the last."""
        empty = self.starved_slot_s + self.waiting_slot_s + self.tail_slot_s
        return self.busy_slot_s + empty


@runtime_checkable
class Slotted(Protocol):
    """An engine that knows, or finds out, how many requests it works on at once."""

    slots: int
    """0 while it does not know."""


class Lane:
    """An engine, its window, its journal and its account."""

    def __init__(self, engine: Engine, answers: Answers) -> None:
        self.engine, self.answers = engine, answers
        self._slotted = engine if isinstance(engine, Slotted) else None
        self.account = Account()
        self.flying = 0
        self.draining = False
        """Set once no new item will come; from then on an empty slot is the tail's."""
        self.on_room: Callable[[], None] = lambda: None
        """Called when there is room and nobody waits for it."""
        self.others_full: Callable[[], bool] = lambda: False
        self._waiting: list[tuple[int, float, int, asyncio.Future[None]]] = []
        self._numbers = count()
        self._lengths: dict[str, float] = {}
        self._since_s = 0.0

    @property
    def slots(self) -> int:
        """How many requests the engine works on at once, as far as is known; else 0."""
        return self._slotted.slots if self._slotted else 0

    @property
    def waiting(self) -> int:
        """Requests that wait for room."""
        return len(self._waiting)

    @property
    def room(self) -> int:
        """How many more requests could enter now."""
        return self.engine.capacity - self.flying - len(self._waiting)

    async def ask(self, key: str, request: Request, *, depth: int, step: str) -> Generated:
        """Answer a request from the journal or by the engine.

        `depth` is how many requests its item has behind it, `step` names those of a like length.
        """
        if key in self.answers.journal:
            self.account.replayed += 1
        return await self.answers.draw(key, lambda: self._fly(request, depth, step))

    async def _fly(self, request: Request, depth: int, step: str) -> Generated:
        if self.room > 0:
            self._change(1)
        else:
            await self._wait(-depth, -self._lengths.get(step, float(request.sampling.max_tokens)))
        try:
            answer = await self.engine.generate(request)
        finally:
            self._change(-1)
            self._wake()
        self._learn(step, answer)
        return answer

    async def _wait(self, depth: int, length: float) -> None:
        """Stand in line; whoever wakes us has already counted us as flying."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (depth, length, next(self._numbers), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._change(-1)
                self._wake()
            raise

    def _wake(self) -> None:
        while self._waiting and self.flying < self.engine.capacity:
            turn = heapq.heappop(self._waiting)[-1]
            if not turn.done():
                self._change(1)
                turn.set_result(None)
        if not self._waiting:
            self.on_room()

    def _learn(self, step: str, answer: Generated) -> None:
        account, length = self.account, answer.completion_tokens
        account.asked += 1
        account.prompt_tokens += answer.prompt_tokens
        account.completion_tokens += length
        if answer.failure:
            account.failed += 1
        else:
            known = self._lengths.get(step, float(length))
            self._lengths[step] = known + LEARNING_RATE * (length - known)

    def _change(self, by: int) -> None:
        """Count requests in and out, and to whom the slots' time since the last change belongs."""
        if self.slots:
            now_s = time.monotonic()
            if self._since_s:
                self._book(now_s - self._since_s)
            self._since_s = now_s
        self.flying += by

    def _book(self, passed_s: float) -> None:
        account, busy = self.account, min(self.flying, self.slots)
        account.busy_slot_s += busy * passed_s
        empty_s = (self.slots - busy) * passed_s
        if self.draining:
            account.tail_slot_s += empty_s
        elif self.others_full():
            account.waiting_slot_s += empty_s
        else:
            account.starved_slot_s += empty_s
