"""Answers in words: a name, a weekday, the letters of a multiple choice."""

import re

from judging.verifiers.math_exact.findings import SAME, Finding, different, unsure

_TEXT = re.compile(r"\\text\s*\{([^{}]*)\}")
_WORDS = re.compile(r"[A-Za-z][A-Za-z .,;()'\-0-9]*")
_DATED = re.compile(r"[0-9]{1,4}[ .,;()'\-0-9]*[A-Za-z]{3}[A-Za-z .,;()'\-0-9]*")
_CHOICES = re.compile(r"\(?[A-Z]\)?(?:\s*,?\s*\(?[A-Z]\)?)*")
_NOT_A_WORD = re.compile(r"[^a-z0-9]+")
_MATHEMATICAL = frozenset(("pi", "sin", "cos", "tan", "log", "ln", "sqrt", "infinity", "inf", "oo"))
_LONG_WORD = re.compile(r"[A-Za-z]{3,}")
_TRUTHS = {"true": "yes", "false": "no"}


def read_words(text: str) -> str:
    """The words of a tidy answer that is words; '' for one that is mathematics."""
    plain = _TEXT.sub(r"\1", text).strip()
    if _CHOICES.fullmatch(plain):
        return " ".join(re.findall(r"[A-Z]", plain)).lower()
    wrapped = _TEXT.fullmatch(text.strip()) is not None
    is_words = _WORDS.fullmatch(plain) and (wrapped or _LONG_WORD.search(plain))
    if not is_words and not (wrapped and _DATED.fullmatch(plain)):
        return ""
    words = _NOT_A_WORD.sub(" ", plain.lower()).split()
    if not _MATHEMATICAL.isdisjoint(words) or (wrapped and len(words[0]) == 1 < len(words)):
        return ""
    return " ".join(_TRUTHS.get(word, word) for word in words)


def compare_words(found: str, expected: str) -> Finding:
    """Equal but for case and punctuation; a part of the other is unsure."""
    if found == expected:
        return SAME
    if f" {found} " in f" {expected} " or f" {expected} " in f" {found} ":
        return unsure("one contains the other")
    if sorted(found.split()) == sorted(expected.split()):
        return unsure("the words in another order")
    return different("different words")
