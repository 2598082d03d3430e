"""A long context: the document with the passage that matters, among others, at a random depth."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from generation.flow.item import Row
from generation.ingredients.passages import Passage

MAX_TRIED = 1000
"""Most documents that are looked at to fill one context."""
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Context:
    """What is to be read, and where in it the passage begins."""

    text: str
    depth: float
    """Share of the text that stands before the passage."""


def build_context(
    document: str, passage: Passage, others: Sequence[Row], max_words: int, rng: Random
) -> Context:
    """Documents of about `max_words` words in all, numbered, with the right one among them.

    A document that is too long is cut around its passage; without others it stands alone.
    """
    needle = _window(document, passage, max_words, rng)
    around = _distractors(document, others, max_words - _count(needle), rng)
    place = rng.randint(0, len(around))
    texts = [*around[:place], needle, *around[place:]]
    text = "\n\n".join(f"Document {n}:\n{each.strip()}" for n, each in enumerate(texts, start=1))
    return Context(text, text.index(passage.text) / len(text))


def _distractors(document: str, others: Sequence[Row], room: int, rng: Random) -> list[str]:
    """Other documents, as many as there is room for; the last one is cut."""
    chosen: list[str] = []
    for number in rng.sample(range(len(others)), min(len(others), MAX_TRIED)):
        text = str(others[number].get("document") or "").strip()
        if room <= 0:
            break
        if text and text != document.strip():
            chosen.append(_first_words(text, room))
            room -= _count(chosen[-1])
    return chosen


def _window(document: str, passage: Passage, max_words: int, rng: Random) -> str:
    """The passage with as much of the document around it as there is room for."""
    before = [match.start() for match in _WORD.finditer(document, 0, passage.start)]
    after = [match.end() for match in _WORD.finditer(document, passage.end)]
    room = max(max_words - _count(passage.text), 0)
    least = max(room - len(after), 0)
    first = rng.randint(min(least, len(before)), min(room, len(before)))
    last = min(room - first, len(after))
    start = before[-first] if first else passage.start
    end = after[last - 1] if last else passage.end
    return document[start:end]


def _first_words(text: str, count: int) -> str:
    ends = [match.end() for match in _WORD.finditer(text)]
    return text if len(ends) <= count else text[: ends[count - 1]]


def _count(text: str) -> int:
    return len(text.split())
