"""The single checks of instructions that a program can check: does the text keep this one?

What they mean follows IFEval (Zhou et al. 2023, arXiv 2311.07911, table 1 and its published
checkers), so that a score here is a score there, but for two: sentences are counted by a rule of
our own, and lower or upper case does not ask for English. Each runs in time linear in the text.
"""

import json
import re
from collections.abc import Callable

_WORD = re.compile(r"\w+")
_TOKEN = re.compile(r"(?:[A-Za-z]\.){2,}|'?\w[\w'’/-]*")
"""A word with its hyphens and strokes, or an abbreviation with points."""
_ENDING = re.compile(r"('(?:s|m|d|ll|re|ve)|n't)\b", re.IGNORECASE)
"""Parted from its word, as the Penn Treebank has it: I'M is two words in capitals."""
_BULLET = re.compile(r"^[ \t]*(?:\*[^*\n]|-).*$", re.MULTILINE)
_ITALIC = re.compile(r"\*[^\n*]*\*")
_BOLD = re.compile(r"\*\*[^\n*]*\*\*")
_POSTSCRIPTS = {"p.s.": re.compile(r"p\.\s?s\."), "p.p.s": re.compile(r"p\.\s?p\.\s?s")}
"""As the published checkers read the two markers of IFEval."""
_PLACEHOLDER = re.compile(r"\[[^\[\]\n]*\]")
_JSON_FENCE = re.compile(r"```(?:json|JSON|Json)?")
_CLOSING = "\"'”’)]*_"
_ABBREVIATIONS = frozenset(
    (
        "mr.",
        "mrs.",
        "ms.",
        "dr.",
        "prof.",
        "st.",
        "jr.",
        "sr.",
        "vs.",
        "e.g.",
        "i.e.",
        "no.",
        "fig.",
    )
)


def _count_words(text: str) -> int:
    return len(_WORD.findall(text))


def _count_sentences(text: str) -> int:
    """Words that end in a full stop, exclamation or question mark, and a last one without."""
    ends = [_ends_sentence(word) for word in text.split()]
    return sum(ends) + (bool(ends) and not ends[-1])


def _ends_sentence(word: str) -> bool:
    word = word.rstrip(_CLOSING)
    return word.endswith((".", "!", "?", "…")) and word.lower().lstrip("(\"'") not in _ABBREVIATIONS


def _is_within(count: int, n: int, at_most: int | None) -> bool:
    return count >= n and (at_most is None or count <= at_most)


def _parts(text: str, divider: str) -> list[str] | None:
    """The parts between dividers; None where one within is empty."""
    parts = [part.strip() for part in text.split(divider)]
    inner = parts[1:-1]
    return [part for part in parts if part] if all(inner) else None


def _has_paragraphs(text: str, n: int) -> bool:
    return len(_parts(text, "***") or ()) == n


def _has_highlights(text: str, n: int) -> bool:
    """Parts between single and between double asterisks; bold italics are both."""
    marked = _ITALIC.findall(text) + _BOLD.findall(text)
    return sum(bool(part.strip("* \t")) for part in marked) >= n


def _has_sections(text: str, n: int, splitter: str) -> bool:
    return len(re.findall(rf"{re.escape(splitter)}\s?\d+", text)) >= n


def _is_json(text: str) -> bool:
    try:
        json.loads(_JSON_FENCE.sub("", text))
    except (ValueError, RecursionError):
        return False
    return True


def _has_title(text: str) -> bool:
    """Some line has words in double angular brackets."""
    for line in text.splitlines():
        start, end = line.find("<<"), line.rfind(">>")
        if -1 < start < end and line[start:end].strip("<> "):
            return True
    return False


def _has_capital_words(text: str, n: int = 0, at_most: int | None = None) -> bool:
    words = _TOKEN.findall(_ENDING.sub(r" \1", text))
    return _is_within(sum(word.isupper() for word in words), n, at_most)


def _includes(text: str, keywords: list[str]) -> bool:
    return all(keyword.lower() in text.lower() for keyword in keywords)


def _avoids(text: str, words: list[str]) -> bool:
    """Forbidden are whole words; the keywords of the other checks may be part of one."""
    return not any(re.search(rf"\b{re.escape(w)}\b", text, re.IGNORECASE) for w in words)


def _has_keyword(text: str, keyword: str, n: int = 0, at_most: int | None = None) -> bool:
    return _is_within(text.lower().count(keyword.lower()), n, at_most)


def _has_letter(text: str, letter: str, n: int = 0, at_most: int | None = None) -> bool:
    return len(letter) == 1 and _has_keyword(text, letter, n, at_most)


def _ends_with(text: str, phrase: str) -> bool:
    return text.strip().strip('"').lower().endswith(phrase.strip().lower())


def _starts_with(text: str, phrase: str) -> bool:
    return text.strip().lower().startswith(phrase.strip().lower())


def _has_postscript(text: str, marker: str = "P.S.") -> bool:
    """The marker in any case; after the points of P.S. and P.P.S a space is allowed."""
    pattern = _POSTSCRIPTS.get(marker.strip().lower())
    if pattern:
        return pattern.search(text.lower()) is not None
    return marker.lower() in text.lower()


def _is_quoted(text: str) -> bool:
    text = text.strip()
    return len(text) > 1 and text[0] == text[-1] == '"'


def _has_two_responses(text: str) -> bool:
    parts = _parts(text, "******") or []
    return len(parts) == 2 and parts[0] != parts[1]


def _paragraph_starts(text: str, n: int, nth: int, word: str) -> bool:
    """Of exactly n paragraphs with empty lines between, the nth (from 1) starts with the word."""
    paragraphs = [part for part in text.split("\n\n") if part.strip()]
    if len(paragraphs) != n or not 1 <= nth <= n:
        return False
    first = paragraphs[nth - 1].split()[0].lstrip("\"'")
    return re.split(r"[.,?!'\"]", first, maxsplit=1)[0].lower() == word.lower()


CHECKS: dict[str, Callable[..., bool]] = {
    "min_words": lambda text, n: _count_words(text) >= n,
    "max_words": lambda text, n: _count_words(text) <= n,
    "min_sentences": lambda text, n: _count_sentences(text) >= n,
    "max_sentences": lambda text, n: _count_sentences(text) <= n,
    "paragraphs": _has_paragraphs,
    "paragraph_starts": _paragraph_starts,
    "bullet_points": lambda text, n: len(_BULLET.findall(text)) == n,
    "highlighted_sections": _has_highlights,
    "sections": _has_sections,
    "json_format": _is_json,
    "title": _has_title,
    "no_commas": lambda text: "," not in text,
    "all_lowercase": lambda text: text.islower(),
    "all_uppercase": lambda text: text.isupper(),
    "capital_words": _has_capital_words,
    "include_keywords": _includes,
    "forbidden_words": _avoids,
    "keyword_frequency": _has_keyword,
    "letter_frequency": _has_letter,
    "start_phrase": _starts_with,
    "end_phrase": _ends_with,
    "postscript": _has_postscript,
    "placeholders": lambda text, n: len(_PLACEHOLDER.findall(text)) >= n,
    "quotation": _is_quoted,
    "two_responses": _has_two_responses,
    "one_of": lambda text, options: any(option in text for option in options),
    "number_of_digits": lambda text, n: sum(c.isdigit() for c in text) == n,
}
"""Every check by its name; `n` is the least or the exact number, `at_most` the most."""
