"""A run that is stopped, however that happens, goes on and delivers the same bytes."""

import contextlib
import logging
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass

import psutil
import pytest
from running import Home, fresh_home

logger = logging.getLogger(__name__)
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]
KILLS = int(os.environ.get("INGOT_KILLS", "3"))
SEED = int(os.environ.get("INGOT_KILL_SEED", "1"))
WHOM = ("command", "worker", "everything")


@dataclass(frozen=True, slots=True)
class Undisturbed:
    """What the order gives when nothing happens, and how long that takes."""

    home: Home
    start_s: float
    """From the command to the order's placing."""
    work_s: float
    """From there to the end."""


@pytest.fixture
def home() -> Iterator[Home]:
    with fresh_home() as made:
        yield made


@pytest.fixture(scope="module")
def undisturbed() -> Iterator[Undisturbed]:
    with fresh_home() as made:
        began_s = time.monotonic()
        run = made.start()
        await_order(made, run)
        placed_s = time.monotonic()
        assert run.wait(240) == 0, made.said()
        yield Undisturbed(made, placed_s - began_s, time.monotonic() - placed_s)


def test_runs_that_are_killed_at_random_points_deliver_the_same_bytes(
    undisturbed: Undisturbed,
) -> None:
    draw, kills = random.Random(SEED), 0
    while kills < KILLS:
        with fresh_home() as home:
            kills += disturb(home, undisturbed, draw, KILLS - kills)
            home.run()
            home.await_end(postgres=True)
            assert home.data() == undisturbed.home.data() != {}
            assert home.journal_keys().keys() == undisturbed.home.journal_keys().keys()
            for name, keys in home.journal_keys().items():
                assert len(keys) == len(set(keys)) > 0, f"{name}: something was generated twice"


def test_ctrl_c_stops_everything_and_the_next_run_goes_on(
    home: Home, undisturbed: Undisturbed
) -> None:
    run = home.start()
    while not home.journal_keys():
        assert run.poll() is None, home.said()
        time.sleep(0.1)
    os.killpg(run.pid, signal.SIGINT)
    assert run.wait(60) == 130
    home.await_end(postgres=True)
    home.run()
    assert home.data() == undisturbed.home.data()


def disturb(home: Home, undisturbed: Undisturbed, draw: random.Random, limit: int) -> int:
    """Start and kill runs until one was done before its time came; gives the number killed."""
    for number in range(limit):
        run, whom, started_s = home.start(), draw.choice(WHOM), time.monotonic()
        await_random_point(home, run, undisturbed, draw)
        if run.poll() is not None:
            return number
        after_s = time.monotonic() - started_s
        logger.info("SIGKILL to %s after %.1f s, last said: %s", whom, after_s, last_words(home))
        kill(home, run, whom)
        home.await_end(postgres=whom == "everything")
    return limit


def await_order(home: Home, run: subprocess.Popen[bytes]) -> None:
    """Wait until this run has placed its order, as every run says, or has ended."""
    runs_before = home.said().count("order ord_")
    while run.poll() is None and home.said().count("order ord_") == runs_before:
        time.sleep(0.05)


def await_random_point(
    home: Home, run: subprocess.Popen[bytes], undisturbed: Undisturbed, draw: random.Random
) -> None:
    """One of four points lies in the start of the platform, the others in the work."""
    if draw.random() < 0.25:
        after_s = draw.uniform(0, undisturbed.start_s)
    else:
        await_order(home, run)
        after_s = draw.uniform(0, undisturbed.work_s)
    with contextlib.suppress(subprocess.TimeoutExpired):
        run.wait(after_s)


def kill(home: Home, run: subprocess.Popen[bytes], whom: str) -> None:
    """SIGKILL, and wait for the command to end; where there is no worker yet, the command."""
    processes = home.processes()
    workers = [p for p in processes if "services.pipeline.worker" in command_of(p)]
    if whom == "worker" and workers:
        end(workers)
        run.wait(60)
    elif whom == "everything":
        end(processes)
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
    run.wait(60)


def end(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def command_of(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def last_words(home: Home) -> str:
    return (home.said().splitlines() or ["nothing said"])[-1][:60]
