"""The command lines that start bubblewrap: for one program, or for a zygote that starts many."""

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from ingot.errors import ModelError
from judging.sandbox.limits import Limits

PROGRAMS = ("bwrap", "prlimit", "choom", "setpriv")
"""bubblewrap, and three of util-linux."""
REMEDY = (
    "install bubblewrap 0.8 or newer, util-linux and Python 3.10 or newer, and allow user "
    "namespaces (in a container: --security-opt seccomp=unconfined; on Ubuntu also sysctl "
    "kernel.apparmor_restrict_unprivileged_userns=0)"
)
MAIN = "main.py"
FILTER = "filter"
"""Name of the file that holds the filter of system calls, where there is one."""
SHARED_MEMORY_BYTES = 4 * 2**20

_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",  # sets keep their order, so the same program says the same again
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
_NOBODY = "65534"


def require_programs() -> None:
    """Raise ModelError where a program that is needed is missing."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        raise ModelError(f"cannot run code safely, no {' and no '.join(missing)} here: {REMEDY}")


def command_for_one(limits: Limits, files: Mapping[str, int], options: list[str]) -> list[str]:
    """Run one program, `main.py` of the files, which are open descriptors by their names.

    The limits are set inside: the kernel counts processes within the user namespace, so runs do
    not count against one another.
    """
    python, mounts = _interpreter()
    options = [*_filter(files), *options]
    return [
        *_walls(),
        *("--cap-drop", "ALL", "--size", str(limits.folder_bytes), "--tmpfs", "/tmp"),
        *(*mounts, *_files("/program", files), "--remount-ro", "/", "--chdir", "/tmp"),
        *(*options, "--", *_rlimits(limits), python, "-s", "-B", f"/program/{MAIN}"),
    ]


def command_for_many(files: Mapping[str, int], channel: int, options: list[str]) -> list[str]:
    """Run a zygote, `main.py` of the files, which takes programs from the descriptor `channel`.

    It may make namespaces and mounts within its own, and what it starts may not. The empty folders
    are where it mounts what each program gets for itself.
    """
    python, mounts = _interpreter()
    return [
        *_walls(),
        *("--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN", "--dir", "/tmp", "--dir", "/program"),
        *(*mounts, *_files("/zygote", files), "--remount-ro", "/", "--chdir", "/tmp"),
        *(*options, "--as-pid-1", "--", python, "-s", "-B", f"/zygote/{MAIN}", str(channel)),
    ]


def _walls() -> list[str]:
    return [
        *_as_nobody(),
        *("choom", "-n", "1000", "--"),
        *("bwrap", "--unshare-all", "--unshare-user", "--disable-userns"),
        *("--die-with-parent", "--new-session"),
        *("--uid", _NOBODY, "--gid", _NOBODY, "--hostname", "sandbox", "--clearenv"),
        *(word for name, value in _ENVIRONMENT.items() for word in ("--setenv", name, value)),
        *_system(),
        *("--dev", "/dev", "--size", str(SHARED_MEMORY_BYTES), "--tmpfs", "/dev/shm"),
        *("--remount-ro", "/dev"),
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


def _files(folder: str, files: Mapping[str, int]) -> list[str]:
    mounts = []
    for name, descriptor in files.items():
        if folder == "/zygote" or name != FILTER:
            mounts += ["--perms", "0444", "--file", str(descriptor), f"{folder}/{name}"]
    return mounts


def _filter(files: Mapping[str, int]) -> list[str]:
    return ["--seccomp", str(files[FILTER])] if FILTER in files else []


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
