"""A window: as many questions in flight as keep an engine busy, taken in turns between tenants.

All requests of all tenants share one window, so small requests fill what a large one leaves free. A
tenant with ten thousand questions waiting and one with ten take turns, question by question.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from ingot.errors import IngotError, ModelError
from services.rewards.scorer import Question, Scored, Scorer

logger = logging.getLogger(__name__)

BROKEN_S = 30.0
"""How long a window counts as broken after its last failure."""


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A question that waits for its scorer."""

    scorer: Scorer
    question: Question
    tenant: str
    future: "asyncio.Future[Scored]"
    """Cancelled where nobody waits any more."""


class Window:
    """What is in flight at one engine, and what waits for it."""

    def __init__(self, places: Callable[[], int]) -> None:
        """`places` is asked again and again: an engine's capacity may change while it works."""
        self.places = places
        self.in_flight = 0
        """Places taken."""
        self._broken, self._broken_at_s = "", 0.0
        self._waiting: dict[str, deque[Job]] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._filling = False

    @property
    def waiting(self) -> int:
        """Questions that are not in flight yet."""
        return sum(map(len, self._waiting.values()))

    @property
    def broken(self) -> str:
        """What the last question met that no question can work around; '' once one is answered.

        It is forgotten after a while: whoever sends nothing to what is broken would never know.
        """
        fresh = time.monotonic() - self._broken_at_s < BROKEN_S
        return self._broken if fresh else ""

    def put(self, job: Job) -> None:
        """Have a question answered in its turn; its future gets the result."""
        self._waiting.setdefault(job.tenant, deque()).append(job)
        self._fill_soon()

    def _fill_soon(self) -> None:
        """Once per turn of the event loop, so that what arrives together forms one portion."""
        if not self._filling:
            self._filling = True
            asyncio.get_running_loop().call_soon(self._fill)

    def _fill(self) -> None:
        self._filling = False
        while (head := self._head()) is not None:
            room = (self.places() - self.in_flight) // head.scorer.weight
            if room < 1 and self.in_flight:
                return
            self._start(self._take(head.scorer, max(1, min(room, head.scorer.batch))))

    def _head(self) -> Job | None:
        """The question whose turn it is."""
        for tenant in tuple(self._waiting):
            queue = self._waiting[tenant]
            while queue and queue[0].future.done():
                queue.popleft()
            if queue:
                return queue[0]
            del self._waiting[tenant]
        return None

    def _take(self, scorer: Scorer, count: int) -> list[Job]:
        """Up to so many questions for one scorer, the tenants in turn."""
        portion: list[Job] = []
        while len(portion) < count and (job := self._next_for(scorer)) is not None:
            portion.append(job)
        return portion

    def _next_for(self, scorer: Scorer) -> Job | None:
        for tenant, queue in tuple(self._waiting.items()):
            while queue and queue[0].future.done():
                queue.popleft()
            if queue and queue[0].scorer is not scorer:
                continue
            del self._waiting[tenant]
            if not queue:
                continue
            job = queue.popleft()
            if queue:
                self._waiting[tenant] = queue  # to the end of the line
            return job
        return None

    def _start(self, portion: Sequence[Job]) -> None:
        weight = portion[0].scorer.weight * len(portion)
        self.in_flight += weight
        task = asyncio.create_task(self._run(portion))
        self._running.add(task)
        task.add_done_callback(partial(self._ended, weight))
        if portion[0].scorer.batch == 1:  # a portion of several is short, and others wait for it
            portion[0].future.add_done_callback(partial(_cancel_with, task))

    def _ended(self, weight: int, task: "asyncio.Task[None]") -> None:
        self._running.discard(task)
        self.in_flight -= weight
        self._fill_soon()

    async def _run(self, portion: Sequence[Job]) -> None:
        """Score a portion; where it fails as a whole, each of it alone."""
        try:
            results = await portion[0].scorer.score([job.question for job in portion])
            self._broken = ""
        except asyncio.CancelledError:
            for job in portion:
                job.future.cancel()
            raise
        except Exception as error:
            gone = isinstance(error, ModelError)
            self._broken, self._broken_at_s = str(error) if gone else "", time.monotonic()
            if len(portion) > 1 and not gone:
                for job in portion:
                    await self._run([job])
                return
            results = [_failed(error)] * len(portion)
        for job, result in zip(portion, results, strict=True):
            if not job.future.done():
                job.future.set_result(result)

    async def close(self) -> None:
        """Stop what is in flight and let go of what waits."""
        running = tuple(self._running)
        jobs = [job for queue in self._waiting.values() for job in queue]
        self._waiting.clear()
        for job in jobs:
            job.future.cancel()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _cancel_with(task: "asyncio.Task[None]", future: "asyncio.Future[Scored]") -> None:
    if future.cancelled():
        task.cancel()


def _failed(error: Exception) -> Scored:
    """What is the caller's fault is told; of the inside nothing, the log has it."""
    if isinstance(error, IngotError) and error.status < 500:
        return Scored(failure=str(error))
    logger.error("a judge failed", exc_info=error)
    if isinstance(error, IngotError):
        return Scored(failure="a part that this judge needs is not there now: try again later")
    return Scored(failure=f"the judge failed ({type(error).__name__}): report it to its operator")
