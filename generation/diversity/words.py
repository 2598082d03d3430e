"""Texts as words, for everything here that compares or counts words."""

import re

# Scripts that put no space between words: each character counts as a word of its own.
_UNSPACED = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f"  # Burmese
    "\u1780-\u17ff"  # Khmer
    "\u3040-\u30ff"  # Hiragana, Katakana
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
)
_WORD = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")


def split_words(text: str) -> list[str]:
    r"""The lower-cased \w+ words of a text; punctuation is none."""
    return _WORD.findall(text.lower())
