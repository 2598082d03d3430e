"""One attempt against the sandbox: how it is made, and what must come of it.

A program that gets what it wants writes ESCAPED. Where nothing forbids it, the thing it wants is
really there: a listening socket, a secret in the environment, a file of this project.
"""

import os
import re
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from judging.sandbox.bubblewrap import Sandbox
from judging.sandbox.limits import Limits, Run

IMPATIENT = Limits(timeout_s=4, cpu_s=3)
"""For what ends by its limit of time; the rest may take as long as a busy machine lets it."""
PATIENT = Limits(timeout_s=60)
SECRET = "sk-bait-3b1e"
ABSTRACT = "ingot-bait"
_NEXT = """
import ctypes, os, socket
def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
left = [*os.listdir('/tmp'), *os.listdir('/dev/shm')]
if ctypes.CDLL(None).shmget(7, 0, 0) >= 0:
    left.append('shared memory')
if socket.socket(socket.AF_UNIX).connect_ex('\\0left') == 0:
    left.append('a server')
print(left, [pid for pid in range(1, 300) if alive(pid)])
"""
_UNTOUCHED = "[] [1, 2]\n"


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a program tries, and how the sandbox names what became of it."""

    name: str
    program: str
    outcome: str
    """One of `Run.outcome`; several that depend on the moment are parted by '|'."""
    names: str
    """What the reason of the run says, as a pattern."""
    works_outside: bool = False
    """Whether it succeeds without a sandbox and does no harm there, so that it proves something."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an attempt."""

    contained: bool
    said: str
    """Outcome and reason."""
    next_is_right: bool
    """Whether the next program ran well and found nothing that was left for it."""


@contextmanager
def lay_bait() -> Iterator[Mapping[str, str]]:
    """What the attempts are after; gives what stands in their texts for it."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        abstract.bind(f"\0{ABSTRACT}-{os.getpid()}")
        abstract.listen()
        os.environ["INGOT_BAIT"] = SECRET
        try:
            yield {
                "{port}": str(server.getsockname()[1]),
                "{abstract}": f"{ABSTRACT}-{os.getpid()}",
                "{project}": str(Path(__file__).parents[2] / "pyproject.toml"),
                "{host_pid}": str(os.getpid()),
                "{secret}": SECRET,
            }
        finally:
            del os.environ["INGOT_BAIT"]


def write_program(attempt: Attempt, bait: Mapping[str, str]) -> str:
    """The text of an attempt with the bait's names in it."""
    program = attempt.program
    for mark, value in bait.items():
        program = program.replace(mark, value)
    return program


async def make_attempt(attempt: Attempt, sandbox: Sandbox, bait: Mapping[str, str]) -> Result:
    """Run one attempt, and after it a program that looks for traces of it."""
    limits = IMPATIENT if "timeout" in attempt.outcome else PATIENT
    run = await sandbox.run(write_program(attempt, bait), limits=limits)
    after = await sandbox.run(_NEXT, limits=PATIENT)
    said = f"{run.outcome}: {run.reason}".removesuffix(": ")
    return Result(_is_contained(run, attempt), said, after.stdout == _UNTOUCHED)


def _is_contained(run: Run, attempt: Attempt) -> bool:
    named = re.search(attempt.names, run.reason) is not None
    return run.outcome in attempt.outcome.split("|") and named and "ESCAPED" not in run.stdout
