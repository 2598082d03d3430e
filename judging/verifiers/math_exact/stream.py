"""Tokens with a place in them, and the depth that the parser may not pass."""

from collections.abc import Iterator
from contextlib import contextmanager

from judging.verifiers.math_exact.nodes import UnreadableError
from judging.verifiers.math_exact.tokens import END, Token

MAX_DEPTH = 40


class Stream:
    """Reads tokens one by one."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    @property
    def peek(self) -> Token:
        """The next token; `END` after the last."""
        return self._tokens[self._next] if self._next < len(self._tokens) else END

    def pop(self) -> Token:
        """Take the next token."""
        token = self.peek
        self._next += 1
        return token

    def take(self, *texts: str) -> str:
        """Take the next token if it is one of these; else ''."""
        return self.pop().text if self.peek.text in texts and self.peek is not END else ""

    def need(self, text: str) -> None:
        """Take exactly this.

        Raises:
            UnreadableError: where something else stands there.
        """
        if not self.take(text):
            raise UnreadableError(f"{text} is missing")

    def split(self, first: int) -> Token:
        r"""Take the first signs of a number token and leave the rest: the 1 of `\frac12`."""
        token = self.peek
        head = Token(token.kind, token.text[:first])
        if rest := token.text[first:]:
            self._tokens[self._next] = Token(token.kind, rest)
        else:
            self._next += 1
        return head

    def stands_before(self, text: str) -> bool:
        """Whether the token after the next is this one."""
        after = self._next + 1
        return after < len(self._tokens) and self._tokens[after].text == text

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One level of nesting."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise UnreadableError("nested too deeply")
        try:
            yield
        finally:
            self._depth -= 1
