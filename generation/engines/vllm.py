"""vLLM in a child process of its own: requests go down a pipe, completions come up as they finish.

The child is `generation.engines.vllm_child`; here is only the asyncio side.
"""

import asyncio
import threading
from collections.abc import Mapping
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Literal, Self

from generation.engines.prompting import identify, require_model
from ingot.engine import Generated, Request
from ingot.engine.process import LOAD_TIMEOUT_S, ModelProcess
from ingot.errors import ModelError

CPU_SERVER_OPTIONS = (
    *("--dtype", "float32", "--enforce-eager"),
    *("--no-enable-chunked-prefill", "--max-num-batched-tokens", "8192"),
)
"""For `vllm serve` on a CPU: a split prefill would rewind a seeded request's generator and die."""


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
        self._process = ModelProcess("generation.engines.vllm_child", device)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        pipe = self._process.start()
        pipe.send(self._options)
        ready: asyncio.Future[None] = loop.create_future()
        threading.Thread(target=self._listen, args=(pipe, loop, ready), daemon=True).start()
        try:
            await asyncio.wait_for(ready, LOAD_TIMEOUT_S)
        except TimeoutError as error:
            await self._process.stop()
            raise ModelError(f"vLLM did not load {self.path} in {LOAD_TIMEOUT_S:.0f} s") from error
        return self

    def _listen(
        self, pipe: Connection, loop: asyncio.AbstractEventLoop, ready: asyncio.Future[None]
    ) -> None:
        """Carry what the child says into the event loop; runs in a thread until the pipe ends."""
        try:
            max_model_len = pipe.recv()
            loop.call_soon_threadsafe(self._loaded, ready, max_model_len)
            while True:
                loop.call_soon_threadsafe(self._settle, pipe.recv())
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
        self._gone = f"vLLM stopped while serving {self.path}: {self._process.last_words()}"
        waiters: list[asyncio.Future[Any]] = [ready, *self._waiting.values()]
        self._waiting.clear()
        for waiter in waiters:
            if not waiter.done():
                waiter.set_exception(ModelError(self._gone))

    async def generate(self, request: Request) -> Generated:
        """Answer one request; requests of the same loop turn travel in one message."""
        if self._gone or self._process.pipe is None:
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
            if self._process.pipe is not None:
                self._process.pipe.send(batch)
        except OSError:
            return  # the listener sees the same end and tells the waiters

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._process.stop()
