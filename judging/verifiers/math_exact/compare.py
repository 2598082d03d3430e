"""Two answers as texts: same, different, or unsure with the reason.

    text --tidy--> text --parse--> tree --expand--> tree --compare--> Finding

Words are compared as words, everything else as mathematics. A finding of 'different' means that
both were read whole and cannot be one answer.
"""

import re

from judging.verifiers.finals import MAX_FINAL_CHARS
from judging.verifiers.math_exact.findings import SAME, Finding, unsure
from judging.verifiers.math_exact.nodes import Node, UnreadableError
from judging.verifiers.math_exact.parser import parse
from judging.verifiers.math_exact.shapes import COUNTING, compare_nodes
from judging.verifiers.math_exact.signs import expand
from judging.verifiers.math_exact.tidy import squeeze, tidy
from judging.verifiers.math_exact.words import compare_words, read_words

_AMBIGUOUS = re.compile(r"[0-9]\s*,\s*[0-9]{3}(?![0-9])|^\s*-?[0-9]+,[0-9]+\s*$")
"""A comma that may part items, thousands or, as in Europe, the decimals."""


def compare_texts(found: str, expected: str) -> list[str]:
    """The verdict and the reason, as a worker sends them; never raises `UnreadableError`."""
    return list(compare_answers(found, expected))


def compare_answers(found: str, expected: str) -> Finding:
    """Compare two final answers."""
    if max(len(found), len(expected)) > MAX_FINAL_CHARS:
        return unsure("too long")
    if (alike := squeeze(found)) == squeeze(expected) and alike:
        return SAME
    words, expected_words = read_words(tidy(found)), read_words(tidy(expected))
    if words and expected_words:
        return compare_words(words, expected_words)
    if words or expected_words:
        return unsure("words against mathematics")
    try:
        finding = compare_nodes(_read(found), _read(expected))
    except UnreadableError as error:
        return unsure(f"not read: {error}")
    if (
        finding.verdict == "different"
        and finding.reason in COUNTING
        and _is_doubtful(found, expected)
    ):
        return unsure("a comma may part thousands or items")
    return finding


def _is_doubtful(*texts: str) -> bool:
    return any(_AMBIGUOUS.search(text) for text in texts)


def _read(text: str) -> Node:
    return expand(parse(tidy(text)))
