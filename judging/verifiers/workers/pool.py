"""Work that may never end, done by processes that can be killed.

    caller --JSON line--> worker process --JSON line--> caller
                 (killed and replaced on a hang)

Two clocks stop a task. The worker's own counts processor time, so that a busy machine turns no
answer into a time-out. The pool's counts wall time and is many times longer: it is there for what
Python cannot interrupt. A kernel limit kills a worker whose caller is gone.
"""

import asyncio
import atexit
import json
import queue
import select
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from ingot.errors import ModelError

CPU_LIMIT_S = 5.0
"""Processor seconds of one task; the hardest real answers need less than one."""
WALL_FACTOR = 6
"""Wall seconds for each processor second before a worker is killed."""
MAX_REPLY_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of a task."""

    status: Literal["done", "timeout", "memory", "error", "crash"]
    """'error' is an exception inside the task, 'crash' the death of its process."""
    value: Any = None
    """What the task returned where it is done, else a short text."""


class WorkerPool:
    """At most `size` worker processes, started when first needed."""

    def __init__(self, size: int = 2, cpu_limit_s: float = CPU_LIMIT_S) -> None:
        self._limit_s = cpu_limit_s
        self.killed = 0
        """Workers that were lost with a task."""
        # Threads of its own: those that wait for a worker would fill the event loop's.
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="verifier")
        self._idle: queue.LifoQueue[_Worker | None] = queue.LifoQueue()
        for _ in range(size):
            self._idle.put(None)

    async def run(self, task: str, *arguments: Any) -> Reply:
        """Do a task of `tasks.TASKS` without blocking the event loop."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self.run_blocking, task, *arguments)

    def run_blocking(self, task: str, *arguments: Any) -> Reply:
        """Do a task and wait for it; waits for a free worker first.

        Raises:
            ModelError: where the library that the task needs is not installed.
        """
        worker = self._idle.get()
        try:
            if worker is None or not worker.is_alive():
                worker = _Worker(self._limit_s)
            reply = worker.ask(task, arguments)
        finally:
            alive = worker is not None and worker.is_alive()
            self.killed += not alive
            self._idle.put(worker if alive else None)
        if reply.status == "error" and str(reply.value).startswith("ModuleNotFoundError"):
            raise ModelError(f"{reply.value}: install the extra 'judging'")
        return reply

    def close(self) -> None:
        """End the idle workers."""
        for _ in range(self._idle.qsize()):
            if worker := self._idle.get():
                worker.kill()
            self._idle.put(None)
        self._threads.shutdown(wait=False, cancel_futures=True)


@cache
def shared_pool() -> WorkerPool:
    """The pool of this process."""
    pool = WorkerPool()
    atexit.register(pool.close)
    return pool


class _Worker:
    """One process that does one task after the other."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "judging.verifiers.workers.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # the terminal's Ctrl-C is for the caller, who then ends it
        )

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, task: str, arguments: tuple[Any, ...]) -> Reply:
        line = json.dumps({"task": task, "arguments": arguments, "limit_s": self._limit_s})
        with self._lock:
            try:
                self._stdin.write(line.encode() + b"\n")
                self._stdin.flush()
            except OSError:  # it died between two tasks
                self.kill()
                return Reply("crash", "the worker is gone")
            return self._read()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream:
                with suppress(OSError):  # unwritten input of a dead process
                    stream.close()

    @property
    def _stdin(self) -> Any:
        return self._process.stdin

    def _read(self) -> Reply:
        """One line within the wall clock; without one the worker dies."""
        deadline = time.monotonic() + self._limit_s * WALL_FACTOR
        received = b""
        stream: Any = self._process.stdout
        while not received.endswith(b"\n") and len(received) < MAX_REPLY_BYTES:
            left = max(deadline - time.monotonic(), 0)
            if not select.select([stream], [], [], left)[0]:
                self.kill()
                return Reply("timeout", "killed by the wall clock")
            chunk = stream.read1(65_536)
            if not chunk:
                self.kill()
                return Reply("crash", "the worker died")
            received += chunk
        try:
            reply = json.loads(received)
            return Reply(reply["status"], reply["value"])
        except (ValueError, KeyError, TypeError):
            self.kill()
            return Reply("crash", "the worker spoke nonsense")
