"""A file's rows, one after another, in the memory of the largest: of a JSON array or one a line."""

import codecs
import json
from collections.abc import Iterator
from typing import BinaryIO

from services.review.interop.shapes import InteropFault

PIECE_BYTES = 8 * 1024 * 1024
"""The longest row."""
_BLOCK_CHARS = 256 * 1024
_BLANK = " \t\r\n"
_decoder = json.JSONDecoder()

Piece = tuple[int, bytes]
"""A row's number from 1, and its JSON, right or wrong."""


def pieces(file: BinaryIO) -> Iterator[Piece]:
    """The rows of a file; raises InteropFault where nobody can tell where one ends."""
    file.seek(0)
    begins = file.read(64).lstrip()[:1]
    file.seek(0)
    return _elements(file) if begins == b"[" else _lines(file)


def _lines(file: BinaryIO) -> Iterator[Piece]:
    number = 0
    while line := file.readline(PIECE_BYTES + 1):
        number += 1
        if len(line) > PIECE_BYTES:
            raise _too_long(f"line {number}")
        if line.strip():
            yield number, line


def _elements(file: BinaryIO) -> Iterator[Piece]:
    text = _Text(file)
    text.skip("[")
    number = 0
    while number or text.head != "]":
        number += 1
        yield number, _element(text, number).encode()
        if text.head != ",":
            break
        text.skip(",")
    if text.head != "]":
        raise InteropFault(f"after element {number} stands neither , nor ]: mend the array")
    text.skip("]")
    if text.head:
        raise InteropFault(f"something stands after the array's end: {text.head!r}")


def _element(text: "_Text", number: int) -> str:
    """The next element. It is tried again with twice as much text until its end is seen."""
    if not text.head:
        raise InteropFault(f"the array ends before element {number}: send all of it")
    size = _BLOCK_CHARS
    while True:
        try:
            _, end = _decoder.raw_decode(text.rest)
        except (ValueError, RecursionError) as error:
            end, wrong = 0, error
        if end and (end < len(text.rest) or text.exhausted):
            return text.take(end)
        if text.exhausted:
            raise InteropFault(f"element {number} is not JSON: {wrong}; mend the array")
        if len(text.rest) > PIECE_BYTES:
            raise _too_long(f"element {number}")
        text.more(size)
        size *= 2


class _Text:
    """The text of a file from where it was read to."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self.rest = ""
        self.exhausted = False

    def more(self, size: int) -> None:
        """Read on."""
        block = self._file.read(size)
        self.exhausted = not block
        try:
            self.rest += self._decode(block, final=self.exhausted)
        except UnicodeDecodeError as error:
            raise InteropFault(f"the file is not UTF-8: {error}; save it as UTF-8") from error

    def take(self, end: int) -> str:
        """Cut off what was read."""
        taken, self.rest = self.rest[:end], self.rest[end:]
        return taken

    @property
    def head(self) -> str:
        """The next character that is no blank, '' at the end."""
        self.rest = self.rest.lstrip(_BLANK)
        while not self.rest and not self.exhausted:
            self.more(_BLOCK_CHARS)
            self.rest = self.rest.lstrip(_BLANK)
        return self.rest[:1]

    def skip(self, mark: str) -> None:
        """Go past a mark that is known to stand next."""
        assert self.head == mark
        self.take(1)


def _too_long(where: str) -> InteropFault:
    return InteropFault(f"{where} is longer than {PIECE_BYTES} bytes: split the item")
