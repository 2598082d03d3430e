"""The fallback engine: a batched sampler over transformers, for machines without vLLM.

Requests that wait at the same time form a batch. Each row draws from its own seeded uniforms by
inverse CDF, so what a request gets does not depend on the batch it fell into (up to the rounding
of the matrix products).
"""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Literal, Self

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache
from transformers.utils.logging import disable_progress_bar

from generation.engines.prompting import (
    PromptError,
    label_ids,
    prompt_ids,
    require_model,
    weights_sha256,
)
from ingot.engine import Generated, Request
from ingot.errors import ModelError, boundary

STOP_CHECK_STEPS = 8
"""How often unfinished rows are decoded to look for stop texts."""


class TransformersEngine:
    """An `ingot.engine.Engine` over a transformers causal language model."""

    kind: Literal["transformers"] = "transformers"

    def __init__(self, model: str, *, device: str = "cpu", batch_size: int = 256) -> None:
        require_model(model)
        self.path, self.device, self.batch_size = model, device, batch_size
        self.model = weights_sha256(model) or model
        self.capacity = 2 * batch_size
        self._queue: list[tuple[Request, asyncio.Future[Generated]]] = []
        self._arrived = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None

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
        self._ends = torch.tensor(ends if isinstance(ends, list) else [ends], device=self.device)

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
        answers: dict[int, Generated] = {}
        rows = []
        for index, request in enumerate(requests):
            try:
                ids = prompt_ids(self._tokenizer, request, self._limit)
                labels = label_ids(self._tokenizer, request.prefill, request.labels)
                rows.append(_Row(index, request, ids, labels, self._limit))
            except PromptError as error:
                answers[index] = Generated(finish_reason="error", failure=str(error))
        if rows:
            self._sample(rows)
        answers |= {row.index: row.answer(self._tokenizer) for row in rows}
        return [answers[index] for index in range(len(requests))]

    @torch.inference_mode()
    def _sample(self, rows: "list[_Row]") -> None:
        """Decode all rows together until each has ended. B rows, T prompt tokens, V vocabulary."""
        width = max(len(row.ids) for row in rows)
        ids_BT, mask_BT = torch.zeros((2, len(rows), width), dtype=torch.long, device=self.device)
        for index, row in enumerate(rows):
            ids_BT[index, width - len(row.ids) :] = torch.tensor(row.ids)
            mask_BT[index, width - len(row.ids) :] = 1
        steps = max(row.budget for row in rows)
        uniform_BS = torch.stack([row.uniforms(steps) for row in rows]).to(self.device)
        cache = DynamicCache(config=self._network.config)
        positions_BT = (mask_BT.cumsum(1) - 1).clamp(min=0)
        for step in range(steps):
            logits_BV = (
                self._network(
                    input_ids=ids_BT,
                    attention_mask=mask_BT,
                    position_ids=positions_BT,
                    past_key_values=cache,
                    use_cache=True,
                    logits_to_keep=1,
                )
                .logits[:, -1]
                .float()
            )
            drawn_B = _draw(logits_BV, rows, uniform_BS[:, step])
            if step == 0 and any(row.labels for row in rows):
                _note_labels(rows, torch.log_softmax(logits_BV, -1))
            chosen_B = logits_BV.gather(1, drawn_B[:, None])[:, 0] - logits_BV.logsumexp(-1)
            self._append(rows, drawn_B, chosen_B, step)
            if all(row.finish for row in rows):
                return
            ids_BT = drawn_B[:, None]
            mask_BT = torch.cat([mask_BT, torch.ones_like(drawn_B)[:, None]], dim=1)
            positions_BT = positions_BT[:, -1:] + 1

    def _append(
        self, rows: "list[_Row]", drawn_B: torch.Tensor, logprob_B: torch.Tensor, step: int
    ) -> None:
        """Note the drawn token of each unfinished row."""
        ended_B = torch.isin(drawn_B, self._ends).tolist()
        drawn = zip(rows, drawn_B.tolist(), logprob_B.tolist(), ended_B, strict=True)
        for row, token, logprob, ended in drawn:
            if row.finish:
                continue
            row.take(token, logprob, ended=ended)
            if not row.finish and row.request.sampling.stop and step % STOP_CHECK_STEPS == 0:
                row.look_for_stop(self._tokenizer)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._worker is not None:
            self._worker.cancel()
        self._network = None


class _Row:
    """One request in a batch."""

    def __init__(
        self, index: int, request: Request, ids: list[int], labels: dict[str, int], limit: int
    ) -> None:
        self.index, self.request, self.ids, self.labels = index, request, ids, labels
        self.budget = min(request.sampling.max_tokens, limit - len(ids))
        self.tokens: list[int] = []
        self.finish = ""
        self.total_logprob = 0.0
        self.label_logprobs: dict[str, float] = {}

    def uniforms(self, steps: int) -> torch.Tensor:
        """The row's own random numbers, one per step, the same in every batch."""
        return torch.from_numpy(np.random.default_rng(self.request.seed).random(steps))

    def take(self, token: int, logprob: float, *, ended: bool) -> None:
        self.tokens.append(token)
        self.total_logprob += logprob
        if ended:
            self.finish = "stop"
        elif len(self.tokens) >= self.budget:
            self.finish = "length"

    def look_for_stop(self, tokenizer: Any) -> None:
        text = tokenizer.decode(self.tokens, skip_special_tokens=True)
        if any(stop in text for stop in self.request.sampling.stop):
            self.finish = "stop"

    def answer(self, tokenizer: Any) -> Generated:
        text = tokenizer.decode(self.tokens, skip_special_tokens=True)
        cuts = [text.index(stop) for stop in self.request.sampling.stop if stop in text]
        mean = self.total_logprob / max(len(self.tokens), 1)
        return Generated(
            text=text[: min(cuts)] if cuts else text,
            finish_reason="stop" if cuts else self.finish,
            prompt_tokens=len(self.ids),
            completion_tokens=len(self.tokens),
            mean_logprob=min(mean, 0.0) if self.request.logprobs else None,
            label_logprobs=self.label_logprobs,
        )


def _note_labels(rows: list[_Row], logprobs_BV: torch.Tensor) -> None:
    """Keep the asked log-probabilities of the first position."""
    for row, logprobs_V in zip(rows, logprobs_BV, strict=True):
        row.label_logprobs = {name: float(logprobs_V[t]) for name, t in row.labels.items()}


def _draw(logits_BV: torch.Tensor, rows: list[_Row], uniform_B: torch.Tensor) -> torch.Tensor:
    """One token per row: the argmax at temperature 0, else by inverse CDF within the nucleus."""
    device = logits_BV.device
    temperature_B = torch.tensor([row.request.sampling.temperature for row in rows], device=device)
    top_p_B = torch.tensor([row.request.sampling.top_p for row in rows], device=device)
    probs_BV = torch.softmax(logits_BV / temperature_B.clamp(min=1e-6)[:, None], -1)
    if (top_p_B == 1).all():
        sampled_B = _invert(probs_BV, uniform_B)
    else:
        probs_BV, order_BV = probs_BV.sort(-1, descending=True)
        outside_BV = probs_BV.cumsum(-1) - probs_BV >= top_p_B[:, None]
        rank_B = _invert(probs_BV.masked_fill(outside_BV, 0.0), uniform_B)
        sampled_B = order_BV.gather(1, rank_B[:, None])[:, 0]
    return torch.where(temperature_B == 0, logits_BV.argmax(-1), sampled_B)


def _invert(weights_BV: torch.Tensor, uniform_B: torch.Tensor) -> torch.Tensor:
    """Where the cumulated weights pass the uniform share of their sum."""
    cumulative_BV = weights_BV.cumsum(-1)
    target_B = uniform_B.to(cumulative_BV) * cumulative_BV[:, -1]
    index_B = torch.searchsorted(cumulative_BV, target_B[:, None], right=True)[:, 0]
    return index_B.clamp(max=weights_BV.shape[-1] - 1)
