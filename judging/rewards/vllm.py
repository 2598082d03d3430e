"""vLLM's pooling models as reward models, in a child process of its own.

vLLM gives memory back only when its process ends, so the model lives in `vllm_child` and goes with
it. Why no use is made of the engine of `generation`, which does the like: a stage may not import
another, and here everything is simpler. A reward has no length, so nothing has to be handed over
as it is done: a portion goes down the pipe, its rewards come back, and vLLM forms its own batches.
"""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, Self

from ingot.errors import ModelError
from judging.rewards.base import Conversation, Reward
from judging.rewards.name import model_name

START_TIMEOUT_S = 600.0
"""Loading a large model from a slow disk may take minutes."""
PORTION = 1_024
"""Conversations that travel together: enough for vLLM's batches, and a bound to what waits."""


class VllmRewardModel:
    """A `judging.rewards.base.RewardModel` over vLLM."""

    def __init__(
        self,
        model: str,
        *,
        weights: Sequence[float] = (),
        device: str = "cpu",
        dtype: Literal["float32", "bfloat16"] = "float32",
        max_model_len: int | None = None,
    ) -> None:
        """`weights` is explained at `reward_of`."""
        self.path = model
        self.name = model_name(model, weights, dtype)
        self._options = {
            "model": model,
            "weights": tuple(weights),
            "device": device,
            "dtype": dtype,
            "max_model_len": max_model_len,
        }
        self._turn = asyncio.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None
        self._log: IO[bytes] | None = None

    async def __aenter__(self) -> Self:
        self._start()
        try:
            await asyncio.wait_for(self._exchange(self._options), START_TIMEOUT_S)
        except BaseException as error:
            await asyncio.to_thread(self._stop)
            if isinstance(error, TimeoutError):
                message = f"vLLM did not load {self.path} in {START_TIMEOUT_S:.0f} s"
                raise ModelError(message) from error
            raise
        return self

    def _start(self) -> None:
        """Spawn the child with one end of a socket pair."""
        ours, theirs = socket.socketpair()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the child
        self._process = subprocess.Popen(
            [sys.executable, "-m", "judging.rewards.vllm_child", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=_environment(str(self._options["device"])),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        theirs.close()
        self._pipe = Connection(ours.detach())

    async def score(self, conversations: Sequence[Conversation]) -> list[Reward]:
        """One reward each, portion by portion."""
        rewards: list[Reward] = []
        for start in range(0, len(conversations), PORTION):
            portion = [tuple(each) for each in conversations[start : start + PORTION]]
            # Shielded, so that whoever is cancelled leaves no answer in the pipe for the next.
            answer = await asyncio.shield(self._exchange(portion))
            assert isinstance(answer, list)
            rewards += answer
        return rewards

    async def _exchange(self, message: object) -> object:
        """Say something to the child and hear its answer; one at a time."""
        async with self._turn:
            return await asyncio.to_thread(self._say, message)

    def _say(self, message: object) -> object:
        if self._pipe is None:
            raise ModelError("vLLM is not started: use `async with`")
        try:
            self._pipe.send(message)
            return self._pipe.recv()
        except (EOFError, OSError) as error:
            why = f"vLLM stopped while serving {self.path}: {self._last_words()}"
            raise ModelError(why) from error

    def _last_words(self) -> str:
        """The end of the child's log, which names the cause."""
        if self._log is None:
            return "no log"
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        errors = [line for line in lines if "Error" in line]
        return (errors or lines or ["no log"])[-1][:500]

    def _stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self._stop)
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None


def _environment(device: str) -> dict[str, str]:
    """The environment in which vLLM behaves: quiet, offline, one thread per process on CPU."""
    environment = {
        "VLLM_LOGGING_LEVEL": "WARNING",
        "HF_HUB_OFFLINE": "1",
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    if device == "cpu":
        environment |= {
            "VLLM_CPU_KVCACHE_SPACE": "1",
            "VLLM_CPU_OMP_THREADS_BIND": "nobind",
            "OMP_NUM_THREADS": "1",
        }
        openmp = Path(sys.prefix) / "lib" / "libiomp5.so"
        if openmp.exists():  # GNU OpenMP is 4 to 10 times slower beside a busy neighbour
            environment["LD_PRELOAD"] = str(openmp)
    return environment | os.environ
