"""A sequence-classification model of transformers as a reward model, on CPU or CUDA.

Conversations of about the same length share a batch. Rows are padded on the right whatever the
tokenizer would do, so that each token has the position that it has alone, also in models that count
positions from the left; the padding is a token on which no row ends, because a causal model's score
is read at the last token that is not padding.
"""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import count
from types import TracebackType
from typing import Any, Literal, Self

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer
from transformers.utils.logging import disable_progress_bar

from ingot.errors import ModelError, boundary
from judging.rewards.base import Conversation, Reward, reward_of
from judging.rewards.name import model_name
from judging.rewards.tokens import Row, UnfitError, reader_of

BATCH_TOKENS = 8_192
"""Tokens of a batch, padding included: 8 MiB of activations per 256 of width in float32."""


class TransformersRewardModel:
    """A `judging.rewards.base.RewardModel` over `AutoModelForSequenceClassification`."""

    def __init__(
        self,
        model: str,
        *,
        weights: Sequence[float] = (),
        device: str = "cpu",
        dtype: Literal["float32", "bfloat16"] = "float32",
        batch_tokens: int = BATCH_TOKENS,
    ) -> None:
        """`weights` is explained at `reward_of`.

        bfloat16 halves the memory and moves all scores: it is another model in its name, and what
        was fitted to the scores of one type does not hold for the other.
        """
        self.path, self.weights, self.device = model, tuple(weights), device
        self.dtype, self.batch_tokens = dtype, batch_tokens
        self.name = model_name(model, weights, dtype)
        self._network: Any = None

    async def __aenter__(self) -> Self:
        with boundary(ModelError, f"cannot load the reward model {self.path}"):
            await asyncio.to_thread(self._load)
        return self

    def _load(self) -> None:
        disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it untyped
        tokenizer: Any = AutoTokenizer.from_pretrained(self.path)
        network: Any
        network, found = AutoModelForSequenceClassification.from_pretrained(
            self.path, dtype=getattr(torch, self.dtype), output_loading_info=True
        )
        if found["missing_keys"]:  # transformers would go on with random weights
            raise ValueError(
                f"it has no weights for {sorted(found['missing_keys'])}: name a model that was"
                " trained to classify sequences"
            )
        self._network = network.to(self.device).eval()
        self._reader = reader_of(tokenizer, network.config)

    async def score(self, conversations: Sequence[Conversation]) -> list[Reward]:
        """One reward each; the event loop stays free."""
        if self._network is None:
            raise ModelError("the reward model is not started: use `async with`")
        with boundary(ModelError, f"the reward model {self.path} failed on a batch"):
            return await asyncio.to_thread(self._score, conversations)

    def _score(self, conversations: Sequence[Conversation]) -> list[Reward]:
        rewards: dict[int, Reward] = {}
        rows: dict[int, Row] = {}
        for index, conversation in enumerate(conversations):
            try:
                rows[index] = self._reader.read(conversation)
            except UnfitError as error:
                rewards[index] = Reward(None, str(error))
        for batch in _batches(rows, self.batch_tokens):
            logits = self._logits([rows[index] for index in batch])
            for index, heads in zip(batch, logits, strict=True):
                rewards[index] = reward_of(heads, self.weights, len(rows[index].ids))
        return [rewards[index] for index in range(len(conversations))]

    @torch.inference_mode()
    def _logits(self, rows: Sequence[Row]) -> list[list[float]]:
        ids = [row.ids for row in rows]
        inputs = {
            "input_ids": _rectangle(ids, self._choose_padding(ids)),
            "attention_mask": _rectangle([[1] * len(row) for row in ids], 0),
        }
        if any(row.types for row in rows):
            inputs["token_type_ids"] = _rectangle([row.types for row in rows], 0)
        inputs = {name: values.to(self.device) for name, values in inputs.items()}
        logits: list[list[float]] = self._network(**inputs).logits.float().tolist()
        return logits

    def _choose_padding(self, rows: Sequence[Sequence[int]]) -> int:
        """The model's own, on which no row ends; else the first token of which that holds."""
        if (own := self._reader.trim) is not None:
            return own
        ends = {row[-1] for row in rows}
        padding = next(token for token in count() if token not in ends)
        self._network.config.get_text_config().pad_token_id = padding  # it looks for it there
        return padding

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._network = None


def _rectangle(rows: Sequence[Sequence[int]], padding: int) -> torch.Tensor:
    """[rows, longest row], padded on the right."""
    width = max(map(len, rows))
    return torch.tensor([[*row, *[padding] * (width - len(row))] for row in rows])


def _batches(rows: dict[int, Row], batch_tokens: int) -> Iterator[list[int]]:
    """Indices of rows of about the same length, the longest first: what is too much shows at once.

    Each batch has at most `batch_tokens` tokens with its padding, or a single row.
    """
    batch: list[int] = []
    for index in sorted(rows, key=lambda index: -len(rows[index].ids)):
        if batch and len(rows[batch[0]].ids) * (len(batch) + 1) > batch_tokens:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch
