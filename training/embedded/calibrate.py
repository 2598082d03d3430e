"""Teach the judge how far its own solutions can be trusted.

In the corpus every solution before a verdict is right, so the judge learns to believe it, and its
verdict is as sure after a slip as after a sound solution. Here it solves fresh pairs by itself,
slips included, and only its verdict token is then trained, on the truth: the probability comes to
mean what it says. Plain judging rows are mixed in, so that nothing else is forgotten.
"""

import logging
from typing import Any

from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

from training.embedded.examples import Example, encode_rows
from training.embedded.optimise import Schedule, optimise
from training.embedded.sampling import Sampler

logger = logging.getLogger(__name__)

TEMPERATURE = 0.7
"""Between greedy judging and sampling at 1: both ways of asking stay near what was trained."""

SCHEDULE = Schedule(peak=0.001, embedding_peak=0.0004, warmup=20, decay=1.0)


def calibrate(
    model: LlamaForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    rows: list[dict[str, Any]],
    protocol: dict[str, Any],
    *,
    seed: int,
) -> None:
    """Train in place: verdicts after the judge's own solutions, and as many rows as they stand."""
    half = len(rows) // 2
    own = solve_rows(Sampler(model, tokenizer), rows[:half], protocol)
    logger.info("calibrate solved=%d of=%d", len(own), half)
    examples = [keep_only_focus(example) for example in encode_rows(own, tokenizer)]
    examples += encode_rows(rows[half:], tokenizer)
    optimise(model, examples, SCHEDULE, seed=seed, name="calibrate")


def solve_rows(
    judge: Sampler, rows: list[dict[str, Any]], protocol: dict[str, Any]
) -> list[dict[str, Any]]:
    """The rows with the judge's own transcript in place of the right one, and the true verdict.

    Transcripts that never reach a verdict are left out: there is no token to teach.
    """
    prompts = [row["messages"][0]["content"] for row in rows]
    replies = judge.reply(prompts, temperature=TEMPERATURE, max_new_tokens=protocol["max_tokens"])
    prefix = protocol["verdict_prefix"]
    return [
        _replace_reply(row, reply.rpartition(prefix)[0] + prefix + row["focus"])
        for row, reply in zip(rows, replies, strict=True)
        if prefix in reply
    ]


def keep_only_focus(example: Example) -> Example:
    """The same tokens, of which only the one before the end weighs: the verdict."""
    silent = [0.0] * (len(example.ids) - 2)
    return Example(example.ids, [*silent, example.weights[-2], 0.0])


def _replace_reply(row: dict[str, Any], reply: str) -> dict[str, Any]:
    messages = [row["messages"][0], {"role": "assistant", "content": reply}]
    return {**row, "messages": messages}
