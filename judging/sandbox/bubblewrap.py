"""Run untrusted Python programs in bubblewrap, and nowhere else.

A program sees /usr read-only, a small private /tmp and nothing more: no network, no host files, no
other processes, no secret in its environment, no user namespace of its own. Where bubblewrap cannot
start, a ModelError says so; there is no way to run a program without it.
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from ingot.errors import ModelError
from judging.sandbox.limits import Limits, Run
from judging.sandbox.process import open_files, run_command

PROGRAMS = ("bwrap", "prlimit", "choom", "setpriv")
"""bubblewrap, and three of util-linux."""
NEEDED_PYTHON = (3, 10)
_REMEDY = (
    "install bubblewrap 0.8 or newer, util-linux and Python 3.10 or newer, and allow user "
    "namespaces (in a container: --security-opt seccomp=unconfined; on Ubuntu also sysctl "
    "kernel.apparmor_restrict_unprivileged_userns=0)"
)
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",  # sets keep their order, so the same program says the same again
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
_MAIN = "main.py"
_NOBODY = "65534"
_SHARED_MEMORY_BYTES = 4 * 2**20


class Sandbox:
    """Runs programs, at most `max_parallel` at once; for one event loop."""

    def __init__(self, *, max_parallel: int = 4) -> None:
        self._slots = asyncio.Semaphore(max_parallel)
        self._proven = False

    async def run(self, program: str, *, stdin: str = "", limits: Limits | None = None) -> Run:
        """Run one program, whatever it does.

        Raises:
            ModelError: where this machine cannot run programs safely.
        """
        return await self._run({_MAIN: program}, stdin, limits or Limits(), [])

    async def run_all(self, programs: Sequence[str], *, limits: Limits | None = None) -> list[Run]:
        """Run programs side by side; the results come in the order of the programs."""
        return await asyncio.gather(*(self.run(program, limits=limits) for program in programs))

    async def supervise(
        self, supervisor: str, modules: Mapping[str, str], *, stdin: str, limits: Limits
    ) -> Run:
        """Run a program of ours that starts untrusted ones as its children.

        It is the first process inside, which the kernel lets nobody inside kill. `modules` are the
        texts that it may import, by path.
        """
        return await self._run({_MAIN: supervisor, **modules}, stdin, limits, ["--as-pid-1"])

    async def _run(
        self, files: Mapping[str, str], stdin: str, limits: Limits, options: list[str]
    ) -> Run:
        _require_programs()
        async with self._slots:
            with open_files(files) as descriptors:
                command = _command(limits, descriptors, options)
                run = await run_command(command, stdin, limits, tuple(descriptors.values()))
        if run.outcome == "unavailable" and not self._proven:
            raise ModelError(f"cannot run code safely: {run.stderr.strip()[:300]}: {_REMEDY}")
        self._proven = True
        return run


def probe() -> str:
    """Run an empty program; says with what.

    Raises:
        ModelError: where this machine cannot run programs safely.
    """
    _require_programs()
    program = "import ctypes, json, socket, subprocess, sys; sys.exit(sys.version.split()[0])"
    with open_files({_MAIN: program}) as descriptors:
        done = subprocess.run(
            _command(Limits(), descriptors, []),
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
        raise ModelError(f"cannot run code safely: {said[:300]}: {_REMEDY}")
    return f"bubblewrap with Python {said}"


def _require_programs() -> None:
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        raise ModelError(f"cannot run code safely, no {' and no '.join(missing)} here: {_REMEDY}")


def _command(limits: Limits, descriptors: Mapping[str, int], options: list[str]) -> list[str]:
    """The whole command line.

    The limits are set inside: the kernel counts processes within the user namespace, so runs do
    not count against one another.
    """
    python, mounts = _interpreter()
    for name, descriptor in descriptors.items():
        mounts += ["--perms", "0444", "--file", str(descriptor), f"/program/{name}"]
    for name, value in _ENVIRONMENT.items():
        mounts += ["--setenv", name, value]
    return [
        *_as_nobody(),
        *("choom", "-n", "1000", "--"),
        *("bwrap", "--unshare-all", "--unshare-user", "--disable-userns"),
        *("--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        *("--uid", _NOBODY, "--gid", _NOBODY, "--hostname", "sandbox", "--clearenv"),
        *_system(),
        *("--dev", "/dev", "--size", str(_SHARED_MEMORY_BYTES), "--tmpfs", "/dev/shm"),
        *("--remount-ro", "/dev", "--size", str(limits.folder_bytes), "--tmpfs", "/tmp"),
        *mounts,
        *("--remount-ro", "/", "--chdir", "/tmp", *options, "--"),
        *_rlimits(limits),
        *(python, "-s", "-B", f"/program/{_MAIN}"),
    ]


def _as_nobody() -> list[str]:
    """Give root away: the kernel does not count root's processes."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", "--reuid", _NOBODY, "--regid", _NOBODY, "--clear-groups", "--"]


def _system() -> list[str]:
    """Mount /usr, and the folders beside it as this machine has them: links into it, or real."""
    mounts = ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "lib", "lib64"):
        folder = Path("/", name)
        if folder.is_symlink():
            mounts += ["--symlink", os.readlink(folder), f"/{name}"]
        elif folder.is_dir():
            mounts += ["--ro-bind", f"/{name}", f"/{name}"]
    return mounts


def _interpreter() -> tuple[str, list[str]]:
    """The machine's Python, else the one that runs this, with what to mount for it."""
    if Path("/usr/bin/python3").exists():
        return "/usr/bin/python3", []
    prefix = sys.base_prefix
    mounts = [] if prefix.startswith("/usr") else ["--ro-bind", prefix, prefix]
    return f"{prefix}/bin/python3", mounts


def _rlimits(limits: Limits) -> list[str]:
    """A second after SIGXCPU comes SIGKILL."""
    return [
        "/usr/bin/prlimit",
        f"--cpu={limits.cpu_s}:{limits.cpu_s + 1}",
        f"--as={limits.memory_bytes}",
        f"--nproc={limits.processes}",
        f"--fsize={limits.file_bytes}",
        f"--nofile={limits.open_files}",
        "--core=0",
        "--",
    ]
