"""vLLM in a child process of its own: requests go down a pipe, completions come up as they finish.

One engine per child, because vLLM does not give memory back inside a process. The child is
`generation.engines.vllm_child`; here is only the asyncio side.
"""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self

from generation.engines.prompting import identify, require_model
from ingot.engine import Generated, Request
from ingot.errors import ModelError

START_TIMEOUT_S = 600.0
"""Loading a large model from a slow disk may take minutes."""


CPU_SERVER_OPTIONS = (
    *("--dtype", "float32", "--enforce-eager"),
    *("--no-enable-chunked-prefill", "--max-num-batched-tokens", "8192"),
)
"""For `vllm serve` on a CPU: a split prefill would rewind a seeded request's generator and die."""


def child_environment(device: str) -> dict[str, str]:
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


class VllmEngine:
    """An `ingot.engine.Engine` over vLLM in a child process."""

    kind: Literal["vllm"] = "vllm"

    def __init__(
        self,
        model: str,
        *,
        device: str = "cpu",
        max_sequences: int = 256,
        max_model_len: int | None = None,
        seed: int = 0,
        lora: bool = False,
    ) -> None:
        require_model(model)
        self.path = model
        self.identity = identify(model)
        self.model = self.identity.key
        self.slots, self.capacity = max_sequences, 2 * max_sequences
        self._options: Mapping[str, object] = {
            "model": model,
            "device": device,
            "max_num_seqs": max_sequences,
            "max_model_len": max_model_len,
            "seed": seed,
            "lora": lora,
        }
        self._waiting: dict[int, asyncio.Future[Generated]] = {}
        self._unsent: list[tuple[int, Request]] = []
        self._next_id = 0
        self._gone: str = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None
        self._log: IO[bytes] | None = None

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._start()
        ready: asyncio.Future[None] = loop.create_future()
        threading.Thread(target=self._listen, args=(loop, ready), daemon=True).start()
        try:
            await asyncio.wait_for(ready, START_TIMEOUT_S)
        except TimeoutError as error:
            self._stop()
            raise ModelError(f"vLLM did not load {self.path} in {START_TIMEOUT_S:.0f} s") from error
        return self

    def _start(self) -> None:
        """Spawn the child with one end of a socket pair."""
        ours, theirs = socket.socketpair()
        self._log = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as the child
        self._process = subprocess.Popen(
            [sys.executable, "-m", "generation.engines.vllm_child", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=child_environment(str(self._options["device"])),
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        theirs.close()
        self._pipe = Connection(ours.detach())
        self._pipe.send(self._options)

    def _listen(self, loop: asyncio.AbstractEventLoop, ready: asyncio.Future[None]) -> None:
        """Carry what the child says into the event loop; runs in a thread until the pipe ends."""
        assert self._pipe is not None
        try:
            max_model_len = self._pipe.recv()
            loop.call_soon_threadsafe(self._loaded, ready, max_model_len)
            while True:
                loop.call_soon_threadsafe(self._settle, self._pipe.recv())
        except (EOFError, OSError):
            if not loop.is_closed():
                loop.call_soon_threadsafe(self._lost, ready)

    def _loaded(self, ready: asyncio.Future[None], max_model_len: int) -> None:
        self.max_model_len = max_model_len
        if not ready.done():
            ready.set_result(None)

    def _settle(self, answers: list[tuple[int, Generated]]) -> None:
        for number, answer in answers:
            waiter = self._waiting.pop(number, None)
            if waiter is not None and not waiter.done():
                waiter.set_result(answer)

    def _lost(self, ready: asyncio.Future[None]) -> None:
        """The child is gone: everyone who waits for it learns why."""
        self._gone = f"vLLM stopped while serving {self.path}: {self._last_words()}"
        waiters: list[asyncio.Future[Any]] = [ready, *self._waiting.values()]
        self._waiting.clear()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_exception(ModelError(self._gone))

    def _last_words(self) -> str:
        """The end of the child's log, which names the cause."""
        if self._log is None:
            return "no log"
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").strip().splitlines()
        errors = [line for line in lines if "Error" in line]
        return (errors or lines or ["no log"])[-1][:500]

    async def generate(self, request: Request) -> Generated:
        """Answer one request; requests of the same loop turn travel in one message."""
        if self._gone or self._pipe is None:
            raise ModelError(self._gone or "vLLM is not started: use `async with`")
        loop = asyncio.get_running_loop()
        number, self._next_id = self._next_id, self._next_id + 1
        waiter: asyncio.Future[Generated] = loop.create_future()
        self._waiting[number] = waiter
        if not self._unsent:
            loop.call_soon(self._send)
        self._unsent.append((number, request))
        return await waiter

    def _send(self) -> None:
        batch, self._unsent = self._unsent, []
        try:
            if self._pipe is not None:
                self._pipe.send(batch)
        except OSError:
            return  # the listener sees the same end and tells the waiters

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
