"""A request at work: its questions go over the desk, its items come back as each is done."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from services.accounts.keys import Principal
from services.rewards.desk import Desk
from services.rewards.items import Entry, Tasks
from services.rewards.judge import Judge
from services.rewards.limits import Limiter
from services.rewards.metrics import Metrics
from services.rewards.scorer import Question, Scored

Row = dict[str, Any]
Shape = Callable[[Entry, Sequence[Scored], Tasks], Row]
Forward = Callable[[Sequence[Question], Sequence[Scored]], Awaitable[Tasks]]
"""Sends what a judge abstained from to people, and gives the review tasks by place."""


@dataclass(frozen=True, slots=True)
class Counters:
    """Where a request is counted."""

    desk: Desk
    limiter: Limiter
    metrics: Metrics


class Run:
    """One request. Made only where there is room for it, and always over in the end."""

    def __init__(
        self,
        counters: Counters,
        who: Principal,
        judge: Judge,
        entries: Sequence[Entry],
        shape: Shape,
        forward: Forward | None,
    ) -> None:
        """Take room for all questions and start; raises Full where there is none."""
        self.judge, self.tokens = judge, 0
        self.questions = sum(len(entry.questions) for entry in entries)
        self._counters, self._who = counters, who
        self._shape, self._forward = shape, forward
        self._rows: asyncio.Queue[Row | None] = asyncio.Queue()
        counters.limiter.begin(who.key_prefix, self.questions)
        try:
            counters.desk.take_in(who.tenant_id, self.questions)
        except BaseException:
            counters.limiter.undo(who.key_prefix, self.questions)
            raise
        self._task = asyncio.create_task(self._work(entries))
        self._task.add_done_callback(self._end)

    async def rows(self) -> AsyncIterator[Row]:
        """Items as they are done; leaving early stops the rest."""
        try:
            while (row := await self._rows.get()) is not None:
                yield row
            await self._task
        finally:
            self._task.cancel()

    def cancel(self) -> None:
        """Stop what is not done."""
        self._task.cancel()

    async def _work(self, entries: Sequence[Entry]) -> None:
        async with asyncio.TaskGroup() as group:
            for entry in entries:
                group.create_task(self._answer(entry))

    def _end(self, task: "asyncio.Task[None]") -> None:
        """Give the room back, however it ended: with a result, a fault or a client that left."""
        self._counters.desk.let_go(self._who.tenant_id, self.questions)
        self._counters.limiter.end(self._who.key_prefix)
        self._rows.put_nowait(None)

    async def _answer(self, entry: Entry) -> None:
        results = await asyncio.gather(*(self._ask(question) for question in entry.questions))
        tasks: Tasks = {}
        if self._forward is not None and any(scored.because for scored in results):
            tasks = await self._forward(entry.questions, results)
        self._rows.put_nowait(self._shape(entry, results, tasks))

    async def _ask(self, question: Question) -> Scored:
        scored = await self._counters.desk.judge(self.judge, question, self._who.tenant_id)
        self._counters.metrics.count(self.judge.name, scored)
        self._counters.limiter.spend(self._who.key_prefix, scored.tokens)
        self.tokens += scored.tokens
        return scored
