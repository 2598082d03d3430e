"""The program in a completion: a fenced block of Python, or the whole text."""

import re
from dataclasses import dataclass

MAX_PROGRAM_CHARS = 100_000

_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})[ \t]*([\w+-]*)[^\n]*$", re.MULTILINE)
_PYTHON = ("", "python", "py", "python3")
_DEFINES = re.compile(r"^[ \t]*(?:async[ \t]+def|def|class)[ \t]", re.MULTILINE)
_SPEAKS = re.compile(r"\b(?:input|print|open)[ \t]*\(|\bsys\.std(?:in|out)\b")


@dataclass(frozen=True, slots=True)
class Program:
    """The program of a completion."""

    source: str
    fenced: bool
    """False where the whole text is taken for a program."""


def extract_program(text: str, *, speaks: bool = False) -> Program | None:
    """The last fenced Python block that defines something, else the last, else the whole text.

    A program that `speaks` is one that reads or writes, so it need not define anything.
    """
    mark = _SPEAKS if speaks else _DEFINES
    blocks = [block for block in _fenced_blocks(text) if block.strip()]
    marked = [block for block in blocks if mark.search(block)]
    if blocks:
        source, fenced = (marked or blocks)[-1], True
    else:
        source, fenced = text, False
    is_program = bool(blocks or mark.search(text))
    return Program(source, fenced) if is_program and len(source) <= MAX_PROGRAM_CHARS else None


def fence(source: str) -> str:
    """A completion that is one program, whatever fences stand in it."""
    longest = max((len(found) for found in re.findall(r"`+", source)), default=0)
    marks = "`" * max(3, longest + 1)
    return f"{marks}python\n{source}\n{marks}\n"


def _fenced_blocks(text: str) -> list[str]:
    """The Python blocks; one that is never closed goes to the end."""
    blocks: list[str] = []
    opened: re.Match[str] | None = None
    for fence in _FENCE.finditer(text):
        if opened is None:
            opened = fence
        elif fence[1].startswith(opened[1]) and not fence[2]:
            blocks += _block(text, opened, fence.start())
            opened = None
    return blocks + (_block(text, opened, len(text)) if opened else [])


def _block(text: str, opened: re.Match[str], end: int) -> list[str]:
    """The one block after a fence, without the indentation that a list gives it."""
    if opened[2].lower() not in _PYTHON:
        return []
    indent = len(opened[0]) - len(opened[0].lstrip())
    lines = text[opened.end() + 1 : end].split("\n")
    return ["\n".join(line[indent:] if not line[:indent].strip() else line for line in lines)]
