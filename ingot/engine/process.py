"""A child process that holds a model and talks over a pipe.

vLLM gives memory back only when its process ends, so each of its models lives in a child of its
own. The child finds the number of its end of the pipe in its arguments, and ends with the pipe.
"""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO

LOAD_TIMEOUT_S = 600.0
"""Loading a large model from a slow disk may take minutes."""
_STOP_TIMEOUT_S = 10.0


def vllm_environment(device: str) -> dict[str, str]:
    """The environment in which vLLM behaves: quiet, offline, one thread per process on CPU."""
    environment = dict(os.environ)
    environment |= {
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "VLLM_LOGGING_LEVEL": environment.get("VLLM_LOGGING_LEVEL", "WARNING"),
        "TOKENIZERS_PARALLELISM": "false",
    }
    environment.setdefault("HF_HUB_OFFLINE", "1")
    if device == "cpu":
        environment.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")
        environment.setdefault("VLLM_CPU_OMP_THREADS_BIND", "nobind")
        environment.setdefault("OMP_NUM_THREADS", "1")
        openmp = Path(sys.prefix) / "lib" / "libiomp5.so"
        if openmp.exists():  # GNU OpenMP is 4 to 10 times slower beside a busy neighbour
            environment.setdefault("LD_PRELOAD", str(openmp))
    return environment


class ModelProcess:
    """One child, from its start to its end."""

    def __init__(self, module: str, device: str) -> None:
        """`module` is run with `python -m`; it serves a model on `device`."""
        self._module, self._device = module, device
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        self.pipe: Connection | None = None
        """Our end; None before the start and after the end."""

    @property
    def pid(self) -> int:
        """Of the child."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> Connection:
        """Spawn the child with one end of a socket pair; gives the other."""
        ours, theirs = socket.socketpair()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the child
        self._process = subprocess.Popen(
            [sys.executable, "-m", self._module, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=vllm_environment(self._device),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        theirs.close()
        self.pipe = Connection(ours.detach())
        return self.pipe

    def last_words(self) -> str:
        """The end of the child's log, which names the cause."""
        if self._log is None:
            return "no log"
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        errors = [line for line in lines if "Error" in line]
        return (errors or lines or ["no log"])[-1][:500]

    async def stop(self) -> None:
        """End the child, then the pipe, upon which whoever still reads it learns the end."""
        await asyncio.to_thread(self._end)
        if self.pipe is not None:
            self.pipe.close()
            self.pipe = None

    def _end(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
