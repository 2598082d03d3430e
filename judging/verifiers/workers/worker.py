"""The worker process of `pool.py`: reads a task a line, writes its reply a line.

Everything a task prints is lost, as only replies may reach the pipe. The clock is processor time
and rings again and again, since libraries catch exceptions; a verdict that was found after the
first ring does not count.
"""

import json
import os
import resource
import signal
import sys
from typing import Any, BinaryIO

from judging.verifiers.workers.tasks import TASKS

MEMORY_BYTES = 2 * 2**30
RING_AGAIN_S = 0.2
KERNEL_GRACE_S = 3
"""Processor seconds after the ring until the kernel ends a process that cannot hear it."""


class _TimeUp(BaseException):
    """Not an Exception, so that `except Exception` lets it pass."""


class _Clock:
    """Rings when the processor time of a task is used up."""

    def __init__(self) -> None:
        self.rang = False
        signal.signal(signal.SIGPROF, self._ring)

    def start(self, limit_s: float) -> None:
        self.rang = False
        used = resource.getrusage(resource.RUSAGE_SELF)
        _limit_cpu(int(used.ru_utime + used.ru_stime + limit_s + KERNEL_GRACE_S) + 1)
        signal.setitimer(signal.ITIMER_PROF, limit_s, RING_AGAIN_S)

    def stop(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        _limit_cpu(None)

    def _ring(self, *_: object) -> None:
        self.rang = True
        raise _TimeUp


def main() -> None:
    """Serve until the input ends."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.set_int_max_str_digits(10_000)
    clock = _Clock()
    for line in sys.stdin.buffer:
        _serve(line, clock, replies)


def _limit_cpu(seconds: int | None) -> None:
    """Let the kernel end this process after that much processor time in all; None: never."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = hard if seconds is None else seconds
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _serve(line: bytes, clock: _Clock, replies: BinaryIO) -> None:
    try:
        reply = _work(json.loads(line), clock)
    except _TimeUp:  # rang while the clock was being stopped
        clock.stop()
        reply = {"status": "timeout", "value": "out of time"}
    replies.write(json.dumps(reply).encode() + b"\n")
    replies.flush()


def _work(order: dict[str, Any], clock: _Clock) -> dict[str, Any]:
    """Do one task; whatever happens becomes a reply."""
    try:
        task = TASKS[order["task"]]()  # the task's library is loaded off the clock
        clock.start(order["limit_s"])
        value: Any = task(*order["arguments"])
        status = "done"
    except _TimeUp:
        status, value = "timeout", "out of time"
    except (MemoryError, RecursionError) as error:
        status, value = "memory", type(error).__name__
    except Exception as error:  # anything a library raises on a hostile text
        status, value = "error", f"{type(error).__name__}: {error}"[:300]
    finally:
        clock.stop()
    if clock.rang:
        return {"status": "timeout", "value": "out of time"}
    return {"status": status, "value": value}


if __name__ == "__main__":
    main()
