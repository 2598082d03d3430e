"""From corpus rows to token ids with a loss weight each, and from examples to batches."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pyarrow.parquet as pq
import torch
from transformers import PreTrainedTokenizerFast

PROMPT_WEIGHT = 0.05
"""A little loss on the prompt keeps the model fluent in instructions, which it must write too."""

BUCKETED = 8_192
"""Rows sorted by length together: enough for even batches, few enough to keep the mixture."""


@dataclass(frozen=True, slots=True)
class Example:
    """A conversation as token ids, with the weight of predicting each of them."""

    ids: list[int]
    weights: list[float]


@dataclass(frozen=True, slots=True)
class Batch:
    """Right-padded rows; the padding weighs nothing, and causal attention never looks at it."""

    ids_BT: torch.Tensor
    weights_BT: torch.Tensor


def read_rows(corpus: Path, stage: str) -> list[dict[str, Any]]:
    """The rows of one stage."""
    rows: list[dict[str, Any]] = pq.read_table(corpus, filters=[("stage", "=", stage)]).to_pylist()
    if not rows:
        raise ValueError(f"{corpus} has no rows of stage {stage}")
    return rows


def read_protocol(corpus: Path) -> dict[str, Any]:
    """How the judge is asked and read, as the corpus's author set it down."""
    metadata = pq.read_schema(corpus).metadata or {}
    if b"judge_protocol" not in metadata:
        raise ValueError(f"{corpus} carries no judge_protocol in its metadata")
    protocol: dict[str, Any] = json.loads(metadata[b"judge_protocol"])
    return protocol


def encode_rows(rows: list[dict[str, Any]], tokenizer: PreTrainedTokenizerFast) -> list[Example]:
    """Encode two-message conversations exactly as the chat template writes them."""
    prompts = [f"<|user|>{row['messages'][0]['content']}<|end|><|assistant|>" for row in rows]
    replies = [row["messages"][1]["content"].removesuffix(row["focus"]) for row in rows]
    focuses = [row["focus"] for row in rows]
    encoded = (
        tokenizer(part, add_special_tokens=False)["input_ids"] for part in (prompts, replies)
    )
    focus_ids = {text: tokenizer.encode(text, add_special_tokens=False) for text in set(focuses)}
    return [
        _join(prompt, reply, focus_ids[row["focus"]], row["focus_weight"], tokenizer.eos_token_id)
        for row, prompt, reply in zip(rows, *encoded, strict=True)
    ]


def _join(
    prompt: list[int], reply: list[int], focus: list[int], focus_weight: float, end: int
) -> Example:
    weights = [PROMPT_WEIGHT] * len(prompt) + [1.0] * len(reply)
    weights += [focus_weight] * len(focus) + [1.0]
    return Example([*prompt, *reply, *focus, end], weights)


def cut_batches(examples: list[Example], tokens: int, rng: Random) -> list[list[Example]]:
    """Batches of examples of similar length, at most so many tokens with padding, in any order."""
    shuffled = rng.sample(examples, len(examples))
    batches: list[list[Example]] = []
    for start in range(0, len(shuffled), BUCKETED):
        bucket = sorted(shuffled[start : start + BUCKETED], key=lambda example: len(example.ids))
        cut = list(_cut_bucket(bucket, tokens))
        rng.shuffle(cut)
        batches += cut
    return batches


def _cut_bucket(bucket: list[Example], tokens: int) -> Iterator[list[Example]]:
    batch: list[Example] = []
    for example in bucket:  # sorted: the newest is the longest and sets the width
        if batch and (len(batch) + 1) * len(example.ids) > tokens:
            yield batch
            batch = []
        batch.append(example)
    if batch:
        yield batch


def collate(batch: list[Example]) -> Batch:
    """Stack the rows of a batch; the padding's id is of no account, as it weighs nothing."""
    width = max(len(example.ids) for example in batch)
    ids = [example.ids + [0] * (width - len(example.ids)) for example in batch]
    weights = [example.weights + [0.0] * (width - len(example.ids)) for example in batch]
    return Batch(torch.tensor(ids), torch.tensor(weights))
