import os
import signal
import time
from collections.abc import Iterator

import pytest

from judging.verifiers.workers.pool import WorkerPool
from services.rewards.scorers.verifier import Job, PoolVerifier

RIGHT = Job("answer", "#### 4", "4")


@pytest.fixture
def pool() -> Iterator[WorkerPool]:
    pool = WorkerPool(1, cpu_limit_s=0.2)
    yield pool
    pool.close()


@pytest.fixture
def verifier(pool: WorkerPool) -> PoolVerifier:
    return PoolVerifier(pool)


def process_of(pool: WorkerPool) -> int:
    worker = pool._idle.get()
    pool._idle.put(worker)
    assert worker is not None
    return worker._process.pid


async def test_answers_come_in_order(verifier: PoolVerifier) -> None:
    jobs = [RIGHT, Job("answer", "#### 5", "4"), Job("answer", "no idea", "4")]
    outcomes = await verifier.check(jobs * 50)
    assert [outcome.outcome for outcome in outcomes] == ["right", "wrong", "unsure"] * 50


@pytest.mark.parametrize(("name", "why"), [("none", "KeyError"), ("code", "more than read")])
async def test_what_does_not_only_read_fails_alone(
    verifier: PoolVerifier, name: str, why: str
) -> None:
    bad, good = await verifier.check([Job(name, "x", "y"), RIGHT])
    assert (bad.outcome, good.outcome) == ("failed", "right")
    assert why in bad.reason


async def test_texts_of_all_kinds_get_through(verifier: PoolVerifier) -> None:
    odd = "\x00\n\r\u2028 #### 4 \U0001f600 \ud800" + "x" * 100_000
    outcomes = await verifier.check([Job("answer", odd, "4"), RIGHT])
    assert outcomes[1].outcome == "right"


async def test_a_process_that_hangs_is_killed_and_its_answers_are_unsure(
    pool: WorkerPool, verifier: PoolVerifier
) -> None:
    await verifier.check([RIGHT])
    os.kill(process_of(pool), signal.SIGSTOP)  # it hangs without any fault of an answer
    started_s = time.monotonic()
    (lost,) = await verifier.check([RIGHT])
    assert (lost.outcome, pool.killed) == ("unsure", 1)
    assert time.monotonic() - started_s < 5
    assert (await verifier.check([RIGHT, RIGHT]))[0].outcome == "right"


async def test_a_portion_whose_process_dies_is_sent_again_one_by_one(
    pool: WorkerPool, verifier: PoolVerifier
) -> None:
    await verifier.check([RIGHT])
    os.kill(process_of(pool), signal.SIGSTOP)
    assert [each.outcome for each in await verifier.check([RIGHT, RIGHT])] == ["right", "right"]
