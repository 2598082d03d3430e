"""Warm sandboxes that wait for programs: taken, used, and taken back if the run was peaceful."""

import os

from judging.sandbox.limits import Limits, Run
from judging.sandbox.worker import Kind, NoWorkerError, Worker


class Pool:
    """As many workers as there were runs at once; whoever uses it limits these."""

    def __init__(self) -> None:
        self._idle: list[Worker] = []
        self._owner = os.getpid()
        self._can_start: bool | None = None

    async def run(self, kind: Kind, program: str, stdin: str, limits: Limits) -> Run | None:
        """Run a program in a warm sandbox; None where there is none or it was lost on the way."""
        worker = await self._take()
        if worker is None:
            return None
        try:
            run = await worker.run(kind, program, stdin, limits)
        except BaseException:  # cancelled too: the program must not run on
            worker.close()
            raise
        if worker.fit:
            self._idle.append(worker)
        else:
            worker.close()
        return None if run.outcome == "unavailable" else run

    def close(self) -> None:
        """End the workers that wait; a forked copy of the pool leaves them alone."""
        if os.getpid() == self._owner:
            while self._idle:
                self._idle.pop().close()

    async def _take(self) -> Worker | None:
        """The last one used, or a new one; a machine that refused the first is not asked again."""
        if self._idle:
            return self._idle.pop()
        if self._can_start is False:
            return None
        try:
            worker = await Worker.start()
        except NoWorkerError:
            self._can_start = self._can_start or False
            return None
        self._can_start = True
        return worker
