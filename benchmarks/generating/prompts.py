"""What all sides are asked: rows of one prompt each."""

from collections.abc import Iterable
from pathlib import Path

import orjson


def prompts(count: int, seed: int, turn: int = 0) -> list[str]:
    """So many different prompts, others in each turn."""
    first = seed * 1_000_000 + turn * count
    return [
        f"Write a short story about a lighthouse, a storm and the number {number}."
        for number in range(first, first + count)
    ]


def judge_prompt(said: str) -> str:
    """What the second step asks of the first one's answer."""
    return f"Is this story any good? Answer A for yes and B for no.\n\n{said}"


def write_rows(path: Path, texts: Iterable[str]) -> str:
    """A JSONL file with a row for each prompt, written as it comes; gives its address."""
    with path.open("wb") as file:
        file.writelines(orjson.dumps({"prompt": text}) + b"\n" for text in texts)
    return path.as_uri()
