"""A passage of a document: whole sentences, with the place where they stand."""

import re
from dataclasses import dataclass
from random import Random

_ENDS = re.compile(r"(?<=[.!?。！？])\s+|\n\s*")


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a document."""

    text: str
    start: int
    """Number of the first character in the document, from 0."""
    end: int
    """Number of the character after the last one."""


def draw_passage(document: str, max_words: int, rng: Random) -> Passage:
    """Sentences in a row of at most `max_words` words in all, from a random place.

    A document that is short enough comes whole; a first sentence that is too long is cut; a blank
    document gives an empty passage.
    """
    sentences = _sentences(document) or [(0, 0)]
    words = [len(document[start:end].split()) for start, end in sentences]
    first = rng.randint(0, _last_start(words, max_words))
    total, last = words[first], first
    while last + 1 < len(words) and total + words[last + 1] <= max_words:
        last += 1
        total += words[last]
    start, end = sentences[first][0], sentences[last][1]
    if total > max_words:
        end = start + _length(document[start:end], max_words)
    return Passage(document[start:end], start, end)


def _sentences(document: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence or line that says something."""
    breaks = [(match.start(), match.end()) for match in _ENDS.finditer(document)]
    starts = [0, *(end for _, end in breaks)]
    ends = [*(start for start, _ in breaks), len(document)]
    parts = ((start, document[start:end]) for start, end in zip(starts, ends, strict=True))
    trimmed = ((start + len(text) - len(text.lstrip()), text.strip()) for start, text in parts)
    return [(start, start + len(text)) for start, text in trimmed if text]


def _last_start(words: list[int], max_words: int) -> int:
    """The last sentence from which there is a full passage still; the first where none is."""
    total = 0
    for number in range(len(words) - 1, -1, -1):
        total += words[number]
        if total > max_words:
            return min(number + 1, len(words) - 1)
    return 0


def _length(text: str, max_words: int) -> int:
    """How many characters the first words take."""
    return [match.end() for match in re.finditer(r"\S+", text)][max_words - 1]
