"""The script of a text: what it says about the language and what it does not.

A language with a script of its own is recognised by it. Languages that share a script (Latin,
Cyrillic, Arabic, Devanagari) can only be excluded. No model guesses here: a guess would be wrong
on short texts, and wrong without a word.
"""

import unicodedata
from collections import Counter

SCRIPTS = {
    "ar": "ARABIC", "fa": "ARABIC", "ur": "ARABIC",
    "bg": "CYRILLIC", "ru": "CYRILLIC", "uk": "CYRILLIC", "mk": "CYRILLIC",
    "hi": "DEVANAGARI", "mr": "DEVANAGARI", "ne": "DEVANAGARI",
    "bn": "BENGALI", "el": "GREEK", "gu": "GUJARATI", "he": "HEBREW", "kn": "KANNADA",
    "ko": "HANGUL", "ml": "MALAYALAM", "pa": "GURMUKHI", "ta": "TAMIL", "te": "TELUGU",
    "th": "THAI",
    **dict.fromkeys(
        ("de", "en", "es", "fi", "fr", "it", "pt", "sw", "vi", "nl", "pl", "sv", "da", "tr"),
        "LATIN",
    ),
}  # fmt: skip
_SHARED = frozenset(("ARABIC", "CYRILLIC", "DEVANAGARI", "LATIN", "BENGALI", "HEBREW"))
FEWEST_LETTERS = 20
"""Below it nothing is said."""
SHARE = 0.8
"""Of the letters that have to be of a script; names and numbers may be of another."""
FOREIGN_SHARE = 0.3
"""With less of it the text is not in a language of that script."""
MAX_LETTERS = 20_000


def is_written_in(text: str, language: str) -> bool | None:
    """Whether a text is in a language (ISO 639-1); None where its script cannot tell."""
    script = SCRIPTS.get(language)
    letters = [sign for sign in text if sign.isalpha()][:MAX_LETTERS]
    if script is None or len(letters) < FEWEST_LETTERS:
        return None
    counts = Counter(letters)
    own = sum(n for sign, n in counts.items() if unicodedata.name(sign, "").startswith(script))
    share = own / len(letters)
    if share < FOREIGN_SHARE:
        return False
    return True if share >= SHARE and script not in _SHARED else None
