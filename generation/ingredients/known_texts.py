"""Texts that a new question must not repeat: runs of words shared with them, as contamination."""

from collections.abc import Iterable

from generation.diversity.words import split_words


class KnownTexts:
    """The runs of `width` words of many texts; a shorter text counts as a whole."""

    def __init__(self, texts: Iterable[str], width: int) -> None:
        self._width = width
        self._runs: set[int] = set()
        self._short: set[str] = set()
        for text in texts:
            words = split_words(text)
            if 0 < len(words) < width:
                self._short.add(" ".join(words))
            else:
                self._runs.update(self._hashes(words))

    def _hashes(self, words: list[str]) -> Iterable[int]:
        ends = range(self._width, len(words) + 1)
        return (hash(" ".join(words[end - self._width : end])) for end in ends)

    def share(self, text: str) -> bool:
        """Whether a run of the text is known, or all of it where it is too short for a run."""
        words = split_words(text)
        if len(words) < self._width:
            return " ".join(words) in self._short
        return not self._runs.isdisjoint(self._hashes(words))
