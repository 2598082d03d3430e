import os
import signal
import time

import pytest

from ingot.errors import ModelError
from judging.verifiers.workers import tasks
from judging.verifiers.workers.pool import WorkerPool

SLOW = ("(a+)+$", "a" * 40 + "b", "", False)


@pytest.fixture
def pool():
    pool = WorkerPool(size=1, cpu_limit_s=0.3)
    yield pool
    pool.close()


def worker_pid(pool):
    worker = pool._idle.get()
    pool._idle.put(worker)
    return worker._process.pid


def test_a_task_out_of_time_is_stopped_and_its_worker_goes_on(pool):
    assert pool.run_blocking("regex", *SLOW).status == "timeout"
    pid = worker_pid(pool)
    assert pool.run_blocking("regex", "b", "abc", "", False).value is True
    assert worker_pid(pool) == pid


def test_time_is_the_processors_not_the_walls(pool):
    pool.run_blocking("regex", "b", "abc", "", False)
    os.kill(worker_pid(pool), signal.SIGSTOP)
    began = time.monotonic()
    signal.signal(signal.SIGALRM, lambda *_: os.kill(worker, signal.SIGCONT))
    worker = worker_pid(pool)
    signal.setitimer(signal.ITIMER_REAL, 0.6)
    assert pool.run_blocking("regex", "b", "abc", "", False).status == "done"
    assert time.monotonic() - began > 0.5


def test_what_cannot_be_interrupted_is_killed_by_the_wall_clock(pool):
    pool.run_blocking("regex", "b", "abc", "", False)
    pid = worker_pid(pool)
    os.kill(pid, signal.SIGSTOP)
    assert pool.run_blocking("regex", "b", "abc", "", False).status == "timeout"
    assert pool.run_blocking("regex", "b", "abc", "", False).status == "done"
    assert worker_pid(pool) != pid


def test_a_worker_that_died_is_replaced(pool):
    pool.run_blocking("regex", "b", "abc", "", False)
    os.kill(worker_pid(pool), signal.SIGKILL)
    replies = [pool.run_blocking("regex", "b", "abc", "", False).status for _ in range(2)]
    assert replies[-1] == "done"


def test_an_exception_of_a_task_is_its_reply(pool):
    reply = pool.run_blocking("regex", "(", "abc", "", False)
    assert (reply.status, "unterminated" in reply.value) == ("error", True)


def test_a_missing_library_is_said(pool, monkeypatch):
    monkeypatch.setattr("judging.verifiers.workers.pool._Worker.ask", missing)
    with pytest.raises(ModelError, match="install the extra 'judging'"):
        pool.run_blocking("math_peer", "1", "1")


def missing(worker, task, arguments):
    from judging.verifiers.workers.pool import Reply

    return Reply("error", "ModuleNotFoundError: No module named 'math_verify'")


def test_every_task_can_be_loaded():
    assert all(callable(load()) for load in tasks.TASKS.values())
