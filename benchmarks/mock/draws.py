"""What a request asks of the engine, drawn from a hash of its words.

Every client that sends the same prompt gets the same work and the same text, in whatever order and
as often as it asks. Two systems are then compared on identical work.
"""

import hashlib
import math
import random
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import orjson

from benchmarks.mock.settings import MockSettings

JUDGE_TOKENS = 2
"""A request that may answer no more tokens than these is a judge's: it takes the base time only."""
WORD = 5
"""Bytes per word of the text, its space included."""

_NORMAL = NormalDist()
_SPAN = 2.0**64


@dataclass(frozen=True, slots=True)
class Work:
    """One request's share of the engine."""

    key: bytes
    """The same for requests with the same messages and seed."""
    tokens: int
    prompt_tokens: int
    hold_s: float
    finish_reason: str
    poisoned: bool
    judges: bool


def draw(body: Mapping[str, Any], settings: MockSettings) -> Work:
    """Draw the work of a chat or text completion."""
    words = _words(body)
    prompt_key = hashlib.blake2b(words, digest_size=16).digest()
    poisoned = int.from_bytes(prompt_key[8:], "big") / _SPAN < settings.poison_share
    seed = body.get("seed")
    key = prompt_key
    if seed is not None:
        key = hashlib.blake2b(prompt_key + str(seed).encode(), digest_size=16).digest()
    limit = body.get("max_completion_tokens") or body.get("max_tokens") or settings.cap_tokens
    judges = limit <= JUDGE_TOKENS
    wanted = 1 if judges else _length(key, settings)
    tokens = min(wanted, limit)
    return Work(
        key=key,
        tokens=tokens,
        prompt_tokens=len(words) // 4 + 1,
        hold_s=(settings.base_ms + (0 if judges else tokens * settings.token_ms)) / 1e3,
        finish_reason="stop" if tokens == wanted else "length",
        poisoned=poisoned,
        judges=judges,
    )


def is_poisoned(prompt: str, share: float) -> bool:
    """Whether a prompt sent as the only user message fails at this share."""
    body = {"messages": [{"role": "user", "content": prompt}]}
    return draw(body, MockSettings(poison_share=share)).poisoned


def text(work: Work) -> bytes:
    """The answer: the label ` A` or ` B` of a judge, else so many words (none to escape)."""
    if work.judges:
        return b" A" if share_of_a(work) >= 0.5 else b" B"
    first = int.from_bytes(work.key[:2], "big") * WORD
    return b"%s %s" % (work.key.hex().encode(), _TAPE[first : first + work.tokens * WORD - 1])


def share_of_a(work: Work) -> float:
    """How likely a judge's answer is ` A` rather than ` B`."""
    return work.key[0] / 255 * 0.98 + 0.01


def label_logprobs(work: Work) -> list[dict[str, Any]]:
    """Log-probabilities of a judge's only token; the two labels hold all of it."""
    share = share_of_a(work)
    top = [
        {"token": " A", "logprob": math.log(share), "bytes": None},
        {"token": " B", "logprob": math.log(1 - share), "bytes": None},
    ]
    return [{**max(top, key=lambda each: each["logprob"]), "top_logprobs": top}]


def _words(body: Mapping[str, Any]) -> bytes:
    """All messages as bytes; whether a text comes plain or in parts makes no difference."""
    messages = body.get("messages")
    if messages is None:
        return orjson.dumps(body["prompt"])
    if not messages:
        raise ValueError("there are no messages")
    said = []
    for message in messages:
        content = message.get("content") or ""
        if not isinstance(content, str):
            content = "".join(part.get("text", "") for part in content)
        said.append(f"{message['role']}:{content.strip()}")
    return "\n".join(said).encode()


def _length(key: bytes, settings: MockSettings) -> int:
    """The log-normal length that a key stands for."""
    uniform = (int.from_bytes(key[:8], "big") + 0.5) / _SPAN
    deviation = _NORMAL.inv_cdf(min(max(uniform, 1e-12), 1 - 1e-12))
    length = settings.median_tokens * math.exp(settings.sigma * deviation)
    return min(max(round(length), 1), settings.cap_tokens)


def _tape() -> bytes:
    """Words enough for any start (two bytes of a key) and any length up to 65,536 tokens."""
    rng = random.Random(0)
    letters = bytes(rng.choices(b"aeioubcdfghlmnprst", k=WORD * 2**17))
    return b" ".join(letters[at : at + WORD - 1] for at in range(0, len(letters), WORD)) + b" "


_TAPE = _tape()
