"""The fallback engine over transformers, for machines without vLLM.

Requests that wait at the same time form a batch; `decoding` answers it.
"""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Literal, Self

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils.logging import disable_progress_bar

from generation.engines.chat_template import NO_ENDS, Ends, PromptError, user_ends
from generation.engines.decoding import Row, decode
from generation.engines.prompting import identify, label_ids, prompt_ids, refusal, require_model
from generation.engines.structured import Grammars, check_structured
from ingot.engine import Generated, Request
from ingot.errors import ModelError, boundary


class TransformersEngine:
    """An `ingot.engine.Engine` over a transformers causal language model."""

    kind: Literal["transformers"] = "transformers"

    def __init__(self, model: str, *, device: str = "cpu", batch_size: int = 256) -> None:
        require_model(model)
        self.path, self.device, self.batch_size = model, device, batch_size
        self.identity = identify(model)
        self.model = self.identity.key
        self.slots, self.capacity = batch_size, 2 * batch_size
        self._queue: list[tuple[Request, asyncio.Future[Generated]]] = []
        self._arrived = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._grammars: Grammars | None = None

    async def __aenter__(self) -> Self:
        with boundary(ModelError, f"cannot load {self.path}"):
            await asyncio.to_thread(self._load)
        self._worker = asyncio.create_task(self._serve())
        return self

    def _load(self) -> None:
        disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it untyped
        self._tokenizer: Any = AutoTokenizer.from_pretrained(self.path)
        network: Any = AutoModelForCausalLM.from_pretrained(
            self.path, dtype=torch.bfloat16 if self.device == "cuda" else torch.float32
        )
        self._network: Any = network.to(self.device).eval()
        self._limit = int(self._network.config.max_position_embeddings)
        ends = self._network.generation_config.eos_token_id
        self._ends: list[int] = ends if isinstance(ends, list) else [ends]

    async def generate(self, request: Request) -> Generated:
        """Queue the request for the next batch."""
        waiter: asyncio.Future[Generated] = asyncio.get_running_loop().create_future()
        self._queue.append((request, waiter))
        self._arrived.set()
        return await waiter

    async def _serve(self) -> None:
        """Turn what waits into batches, longest wait first."""
        while True:
            await self._arrived.wait()
            await asyncio.sleep(0)  # let everybody who was woken together join the batch
            batch, self._queue = self._queue[: self.batch_size], self._queue[self.batch_size :]
            if not self._queue:
                self._arrived.clear()
            try:
                answers = await asyncio.to_thread(self._run, [request for request, _ in batch])
            except Exception as error:
                self._fail([waiter for _, waiter in batch], error)
                continue
            for (_, waiter), answer in zip(batch, answers, strict=True):
                if not waiter.done():
                    waiter.set_result(answer)

    @staticmethod
    def _fail(waiters: Sequence[asyncio.Future[Generated]], error: Exception) -> None:
        for waiter in waiters:
            if not waiter.done():
                waiter.set_exception(ModelError(f"the model failed on a batch: {error}"))

    def _run(self, requests: list[Request]) -> list[Generated]:
        """Answer a batch; requests that the model cannot take fail alone."""
        taken: list[Row | PromptError] = []
        for request in requests:
            try:
                taken.append(self._row(request))
            except PromptError as error:
                taken.append(error)
        rows = [row for row in taken if isinstance(row, Row)]
        if rows:
            structured = any(row.matcher is not None for row in rows)
            decode(self._network, self._tokenizer, rows, self._grammars if structured else None)
        return [
            row.answer(self._tokenizer) if isinstance(row, Row) else refusal(row) for row in taken
        ]

    def _row(self, request: Request) -> Row:
        """Ready a request for decoding; raises PromptError where it cannot be taken."""
        if request.lora:
            raise PromptError(
                "engine 'transformers' takes no adapters: use engine 'vllm' made with lora=True"
            )
        check_structured(request)
        ids = prompt_ids(self._tokenizer, request, self._limit)
        asked = user_ends(self._tokenizer) if request.turn == "user" else NO_ENDS
        ends = Ends((*self._ends, *asked.ids), asked.texts)
        return Row(
            request,
            ids,
            limit=self._limit,
            ends=ends,
            labels=label_ids(self._tokenizer, request.prefill, request.labels),
            matcher=self._matcher(request, ends),
        )

    def _matcher(self, request: Request, ends: Ends) -> Any | None:
        if request.structured is None:
            return None
        if self._grammars is None:
            self._grammars = Grammars(self._tokenizer, self._network.config.vocab_size)
        return self._grammars.matcher(request.structured, ends.ids)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._worker is not None:
            self._worker.cancel()
        self._network = None
