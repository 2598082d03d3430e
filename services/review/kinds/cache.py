"""What was made of a text, kept while there is room."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock


class TextCache:
    """Calls `make` once for a text; the text that was asked for longest ago goes first."""

    def __init__(self, make: Callable[[str], str], *, most_chars: int) -> None:
        self._make = make
        self._most_chars = most_chars
        self._kept: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()
        self.chars = 0
        """Of the texts and what was made of them; never above `most_chars`."""

    def get(self, text: str) -> str:
        """What `make` gives for the text. Safe between threads."""
        with self._lock:
            if text in self._kept:
                self._kept.move_to_end(text)
                return self._kept[text]
        made = self._make(text)
        with self._lock:
            self._keep(text, made)
        return made

    def _keep(self, text: str, made: str) -> None:
        if text in self._kept:
            return
        self._kept[text] = made
        self.chars += len(text) + len(made)
        while self.chars > self._most_chars:
            old_text, old_made = self._kept.popitem(last=False)
            self.chars -= len(old_text) + len(old_made)
