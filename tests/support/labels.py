"""What a scripted judge says: a label, with the probabilities of all labels."""

from collections.abc import Mapping
from math import log
from typing import Any


def labelled(probabilities: Mapping[str, float]) -> dict[str, Any]:
    """A choice whose first token has these probabilities; what they lack is on other tokens."""
    entries = [{"token": label, "logprob": log(p)} for label, p in probabilities.items()]
    top = max(probabilities, key=probabilities.__getitem__, default="x")
    first = {"token": top, "logprob": 0.0, "top_logprobs": entries}
    return {
        "index": 0,
        "finish_reason": "length",
        "message": {"role": "assistant", "content": top},
        "logprobs": {"content": [first]},
    }


def prefers(body: Mapping[str, Any], better: Mapping[str, float]) -> dict[str, Any]:
    """Compare the two answers of a request: each one's strength by a text that it holds."""
    prompt: str = body["messages"][-1]["content"]
    first, _, second = prompt.partition("\n\nAnswer A:\n")[2].partition("\n\nAnswer B:\n")
    one, two = (
        next((strength for text, strength in better.items() if text in answer), 1.0)
        for answer in (first, second)
    )
    return labelled({"A": one / (one + two), "B": two / (one + two)})


def is_judging(body: Mapping[str, Any]) -> bool:
    """Whether a request asks for a label."""
    return bool(body["max_tokens"] == 1)
