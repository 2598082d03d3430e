import asyncio
import heapq

import pytest

from benchmarks.mock.slots import Job, Slots


async def test_ends_are_those_of_the_first_come_first_served_schedule() -> None:
    slots, jobs, done = Slots(3), [], asyncio.Event()
    for number in range(200):
        jobs.append(Job(0.0003 * (number % 7 + 1), lambda: None))
    jobs.append(Job(0.05, done.set))
    for job in jobs:
        slots.submit(job)
    await done.wait()
    free: list[float] = [0.0] * 3
    for job in jobs:
        end = max(heapq.heappop(free), job.arrived_s) + job.hold_s
        assert job.ends_s == end
        heapq.heappush(free, end)
    assert (slots.running, slots.waiting) == (0, 0)
    assert slots.busy_s == pytest.approx(sum(job.hold_s for job in jobs))


async def test_a_dropped_job_frees_its_slot_and_is_never_done() -> None:
    slots, ended = Slots(1), asyncio.Event()
    said: list[str] = []
    running, queued = (Job(3600, lambda: said.append("dropped")) for _ in range(2))
    for job in (running, queued, Job(0, ended.set)):
        slots.submit(job)
    slots.drop(queued)
    slots.drop(running)
    await ended.wait()
    assert (slots.running, slots.waiting, said) == (0, 0, [])
    assert slots.busy_s < 3600
