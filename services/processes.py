"""Processes of a local platform: none outlives its parent, and each has a port that is free."""

import ctypes
import os
import signal
import socket
import subprocess
from functools import partial
from pathlib import Path

from ingot.errors import IngotError

_PR_SET_PDEATHSIG = 1


def spawn(command: list[str], environment: dict[str, str], log: Path) -> "subprocess.Popen[bytes]":
    """Start a process whose output goes to the end of a log."""
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us only; we stop the parts in order
            preexec_fn=partial(_die_with, os.getpid()),
        )


def free_port(host: str, wanted: int) -> int:
    """The wanted port, or one that the system chooses where that is taken."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            chosen: int = probe.getsockname()[1]
            return chosen
    raise IngotError(f"no free port on {host}")


def last_line(log: Path) -> str:
    """What a process said last."""
    lines = log.read_text(errors="replace").strip().splitlines() if log.exists() else []
    return lines[-1][:300] if lines else f"nothing in {log}"


def _die_with(parent: int) -> None:
    """Runs in the child before exec: the kernel ends it when its parent ends, however that ends."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before the kernel was told
        os._exit(1)
