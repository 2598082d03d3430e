"""Run untrusted Python programs in bubblewrap, and nowhere else.

A program sees /usr read-only, a small private /tmp and nothing more: no network, no host files, no
other processes, no secret in its environment, no user namespace of its own. Where bubblewrap cannot
start, a ModelError says so; there is no way to run a program without it.

Programs run in warm sandboxes (`pool.py`), each in processes, mounts and folders of its own; where
the machine has no warm ones, where one was lost, and where a program needs a loopback device, in a
fresh sandbox for that run.
"""

import asyncio
import re
import subprocess
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path

from ingot.errors import ModelError
from judging.sandbox import inside
from judging.sandbox.command import FILTER, MAIN, REMEDY, command_for_one, require_programs
from judging.sandbox.descriptors import open_files
from judging.sandbox.filter import build_filter
from judging.sandbox.limits import Limits, Run
from judging.sandbox.pool import Pool
from judging.sandbox.process import run_command
from judging.sandbox.worker import Kind

NEEDED_PYTHON = (3, 10)

_LOOPBACK = re.compile(r"\b127\.\d+\.\d+\.\d+\b|\blocalhost\b|::1\b")
"""What a program names that talks to itself; only a fresh sandbox has a loopback device of its own.
A program that hides the name runs without one, so this is no wall."""
_INSIDE = Path(inside.__file__).parent
_MODULES = ("candidate", "compare", "confine", "remote", "wire")


class Sandbox:
    """Runs programs, at most `max_parallel` at once; for one event loop.

    `warm=False` starts a sandbox for each run, at about five times the price.
    """

    def __init__(self, *, max_parallel: int = 4, warm: bool = True) -> None:
        self._slots = asyncio.Semaphore(max_parallel)
        self._proven = False
        self._pool = Pool() if warm else None
        if self._pool is not None:
            weakref.finalize(self, self._pool.close)

    async def run(self, program: str, *, stdin: str = "", limits: Limits | None = None) -> Run:
        """Run one program, whatever it does.

        Raises:
            ModelError: where this machine cannot run programs safely.
        """
        return await self._run("run", program, stdin, limits or Limits())

    async def run_all(self, programs: Sequence[str], *, limits: Limits | None = None) -> list[Run]:
        """Run programs side by side; the results come in the order of the programs."""
        return await asyncio.gather(*(self.run(program, limits=limits) for program in programs))

    async def test(self, job: str, *, limits: Limits | None = None) -> Run:
        """Run the tester of `inside/` on a job; the program under test is its child.

        The tester is the first process inside, which the kernel lets nobody inside kill.
        """
        return await self._run("test", "", job, limits or Limits())

    def close(self) -> None:
        """End the sandboxes that wait for programs; else they end with this object."""
        if self._pool is not None:
            self._pool.close()

    async def _run(self, kind: Kind, program: str, stdin: str, limits: Limits) -> Run:
        require_programs()
        named = _LOOPBACK.search(stdin if kind == "test" else program)
        async with self._slots:
            run = None
            if self._pool is not None and named is None:
                run = await self._pool.run(kind, program, stdin, limits)
            if run is None:
                run = await _run_fresh(kind, program, stdin, limits)
        if run.outcome == "unavailable" and not self._proven:
            raise ModelError(f"cannot run code safely: {run.stderr.strip()[:300]}: {REMEDY}")
        self._proven = True
        return run


def probe() -> str:
    """Run an empty program; says with what.

    Raises:
        ModelError: where this machine cannot run programs safely.
    """
    require_programs()
    program = "import ctypes, json, socket, subprocess, sys; sys.exit(sys.version.split()[0])"
    with open_files(_with_filter({MAIN: program})) as descriptors:
        done = subprocess.run(
            command_for_one(Limits(), descriptors, []),
            capture_output=True,
            text=True,
            timeout=30,
            pass_fds=tuple(descriptors.values()),
            cwd="/",
            check=False,
        )
    said = done.stderr.strip()
    version = re.fullmatch(r"(\d+)\.(\d+)\.\S+", said)
    if version is None or (int(version[1]), int(version[2])) < NEEDED_PYTHON:
        raise ModelError(f"cannot run code safely: {said[:300]}: {REMEDY}")
    return f"bubblewrap with Python {said}"


async def _run_fresh(kind: Kind, program: str, stdin: str, limits: Limits) -> Run:
    files: dict[str, str] = {MAIN: program}
    options: list[str] = []
    if kind == "test":
        files = {f"judging/sandbox/inside/{name}.py": _read(name) for name in _MODULES}
        files[MAIN] = _read("tester")
        options = ["--as-pid-1"]
    with open_files(_with_filter(files)) as descriptors:
        command = command_for_one(limits, descriptors, options)
        return await run_command(command, stdin, limits, tuple(descriptors.values()))


def _with_filter(files: Mapping[str, str]) -> dict[str, str | bytes]:
    seccomp = build_filter()
    return {**files, FILTER: seccomp} if seccomp is not None else {**files}


def _read(name: str) -> str:
    return (_INSIDE / f"{name}.py").read_text()
