"""Texts as they look: a pattern is found in disguise too, and what it finds is blunted in place.

A forger may write "Vеrdiсt：" with Cyrillic letters and a full-width colon, or put invisible
characters between the letters. A pattern is therefore looked for in the text as it looks, in plain
letters, and its find is blunted where it stands: signs become hyphens. All else stays as it is.
"""

import re
import unicodedata

_LOOKALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухԁһӏ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧονιᴠᴛɡ" + "‹›∣ǀ∶։ː꞉⁄∕⧸",
    "ABESIJKMHOPCTYXaesijopcyxdhl" + "ABEZHIKMNOPTYXoviVTg" + "<>||::::///",
)
"""Letters of other alphabets, and signs, that Unicode's own folding (NFKD) leaves as they are."""
_PLAIN = re.compile(r"[\t\n\r -~]*")
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters and symbols by their category that show nothing."""

_UNSEEN = ("Cc", "Cf", "Mn", "Me")
"""Categories of control and format characters and of marks that stand on another character."""

_PUNCTUATION = re.compile(r"[^\w\s]")


def blunt(pattern: re.Pattern[str], text: str) -> str:
    """The text without anything in which the pattern can be seen; its length stays the same.

    Signs become hyphens, hyphens become points; a find without signs gets hyphens for its spaces.
    """
    changed = _blunt_once(pattern, text)
    while changed != text:  # what was nested may have come out; each pass takes a layer off
        text, changed = changed, _blunt_once(pattern, changed)
    return text


def _blunt_once(pattern: re.Pattern[str], text: str) -> str:
    if _PLAIN.fullmatch(text):
        return pattern.sub(lambda match: _dull(match[0]), text)
    matches = [*pattern.finditer(text.translate(_LOOKS))]
    if not matches:
        return text
    characters = list(text)
    places = [place for place, sign in enumerate(text) for _ in _LOOKS[ord(sign)]]
    for match in matches:
        for place, sign in zip(places[match.start() : match.end()], _dull(match[0]), strict=True):
            if sign in "-·":
                characters[place] = sign
    return "".join(characters)


def _dull(mark: str) -> str:
    """A hyphen for each sign and a point for each hyphen, one character for one."""
    if _PUNCTUATION.search(mark):
        return _PUNCTUATION.sub(lambda sign: "·" if sign[0] in "-·" else "-", mark)
    return re.sub(r"\s", "-", mark)


class _Looks(dict[int, str]):
    """How a character looks in plain letters, '' for what cannot be seen; filled as it is asked."""

    def __missing__(self, code: int) -> str:
        parts = unicodedata.normalize("NFKD", chr(code).translate(_LOOKALIKES))
        seen = (p for p in parts if p not in _FILLERS and unicodedata.category(p) not in _UNSEEN)
        plain = chr(code).isspace() or 32 <= code < 127
        look = self[code] = chr(code) if plain else "".join(seen).translate(_LOOKALIKES)
        return look


_LOOKS = _Looks()
