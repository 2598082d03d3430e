r"""The final answer of a text: the part that a verifier compares and a judge may be shown.

Looked for in this order: a `#### x` line (GSM8K), `\boxed{x}`, then the last sentence that says
"the answer is x". Everything runs in time linear in the text, whatever the text.
"""

import re
from dataclasses import dataclass
from typing import Literal

MAX_FINAL_CHARS = 2_000
"""A longer final is no answer but a runaway; it also bounds the work of every comparison."""

Mark = Literal["####", "boxed", "stated"]

_MARKED_LINE = re.compile(r"^[ \t]*####(?!#)[ \t]*([^\n]*)$", re.MULTILINE)
_STATED = re.compile(r"\banswer(?: is|:| =)[ \t]*:?", re.IGNORECASE)
_LAST_LINE = re.compile(r"(?:final )?(?:a|answer)[ \t]?[:=]([^\n]*)", re.IGNORECASE)
_NUMBERISH = re.compile(r"[-+$€£]?[ ]?[0-9][0-9.,/]{0,100}%?\.?")


@dataclass(frozen=True, slots=True)
class Final:
    """A final answer and the mark by which it was found."""

    text: str
    mark: Mark


def extract_final(text: str) -> Final | None:
    """The final answer of a completion; None where there is none to be sure of."""
    found = _after_hashes(text) or _in_box(text) or _stated(text)
    if found is None or not found.text or len(found.text) > MAX_FINAL_CHARS:
        return None
    return found


def _after_hashes(text: str) -> Final | None:
    """The marked last line; an earlier one only if it is a number, as `####` also heads sections.

    Several earlier numbers that differ are no final at all.
    """
    last_line = text.rstrip().rpartition("\n")[2]
    if marked := _MARKED_LINE.match(last_line):
        return Final(_tidy(marked[1]), "####")
    lines = {_tidy(line) for line in _MARKED_LINE.findall(text)}
    numbers = {line for line in lines if _NUMBERISH.fullmatch(line)}
    return Final(numbers.pop(), "####") if len(numbers) == 1 else None


def _in_box(text: str) -> Final | None:
    """The content of the last box; an unclosed or empty one is no answer."""
    start = text.rfind("\\boxed{")
    if start < 0:
        return None
    start += len("\\boxed{")
    depth = 1
    for end in range(start, min(len(text), start + MAX_FINAL_CHARS)):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        if depth == 0:
            return Final(_tidy(text[start:end]), "boxed")
    return None


def _stated(text: str) -> Final | None:
    last_line = text.rstrip().rpartition("\n")[2]
    if labelled := _LAST_LINE.fullmatch(last_line.strip()):
        return Final(_tidy(labelled[1]), "stated")
    ends = [match.end() for match in _STATED.finditer(text)]
    return Final(_tidy(_first_sentence(text[ends[-1] :])), "stated") if ends else None


def _first_sentence(text: str) -> str:
    """Up to the full stop that ends the sentence; the point of a decimal has no space after it."""
    return re.split(r"\.\s|\.$|\n", text, maxsplit=1)[0]


def _tidy(text: str) -> str:
    """Without outer space, Markdown emphasis and quotes, and the final full stop."""
    return text.strip().strip("*_`\"' ").removesuffix(".").strip("*_`\"' ")
