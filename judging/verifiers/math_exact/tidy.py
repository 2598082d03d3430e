r"""LaTeX and typography that do not change what is meant, taken away or spelt one way."""

import re

_SIGNS = {
    "−": "-", "–": "-", "×": r"\times ", "·": r"\cdot ", "⋅": r"\cdot ", "÷": "/", "π": r"\pi ",
    "∞": r"\infty ", "°": r"^\circ ", "≤": r"\le ", "≥": r"\ge ", "∪": r"\cup ", "±": r"\pm ",
    "√": r"\sqrt", "²": "^2", "³": "^3", "θ": r"\theta ", "∈": r"\in ", "\u00a0": " ",
    r"\lbrace": r"\{", r"\rbrace": r"\}", r"\colon": ":", r"\%": "%", "￥": "¥",
}  # fmt: skip
_FRACTIONS = re.compile(r"\\[dtc]frac(?![a-zA-Z])")
_BINOMIALS = re.compile(r"\\[dt]binom(?![a-zA-Z])")
_NOTHING = re.compile(
    r"\\(?:left|right|[bB]igg?[lr]?|displaystyle|textstyle|limits|quad|qquad)(?![a-zA-Z])"
)
_SPACES = re.compile(r"(?<!\\)(?:\\[,;: !]|~)")
_SPLIT_THOUSANDS = re.compile(r"(?<=\d)(?:\{,\}|,\s*\\!|\\!\s*,|\\,(?=\d{3}(?!\d)))\s*(?=\d{3})")
_TEXT = re.compile(r"\\(?:mathrm|textbf|textit|textrm|textsf|mbox|hbox|operatorname\*?)\s*\{")
_BOLD = re.compile(r"\\(?:mathbf|boldsymbol|mathit|mathbb|mathcal|bm|vec)\s*\{([A-Za-z])\}")
_AND = re.compile(r"\\text\s*\{\s*,?\s*(?:and|or)\s*\}|(?<=[\s\d)}\]])(?:and|or)(?=[\s\\({\[])")
_DOUBLE_COMMA = re.compile(r",\s*,")
_MIXED = re.compile(r"(?<![\d.,/^_{])(\d{1,9})\s+(\d{1,9})\s*/\s*(\d{1,9})(?![\d.])")
_BARE_ABOVE = re.compile(r"\\frac\s*([0-9]|\\pi)(?=\s*(?:[0-9]|\{))")
_BARE_BELOW = re.compile(r"(\\frac\s*\{[^{}]*\})\s*([0-9])(?![0-9])")
_BARE_ROOT = re.compile(r"\\sqrt\s*([0-9])(?![0-9])")
_TEXT_NUMBER = re.compile(r"\\text\{\s*([-+0-9.,/ ]+?)\s*\}")
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_IDLE_SPACE = re.compile(r"(?<![0-9A-Za-z])\s+|\s+(?![0-9A-Za-z])")
_WRAPPERS = (("$$", "$$"), ("$", "$"), (r"\(", r"\)"), (r"\[", r"\]"))


def tidy(text: str) -> str:
    """One spelling of an answer that is still LaTeX; linear in the text."""
    text = _unwrap(text.strip().rstrip("."))
    for sign, plain in _SIGNS.items():
        text = text.replace(sign, plain)
    text = _SPLIT_THOUSANDS.sub("", text)
    text = _SPACES.sub(" ", _NOTHING.sub(" ", text))
    text = _BINOMIALS.sub(r"\\binom", _FRACTIONS.sub(r"\\frac", text))
    text = _BARE_BELOW.sub(r"\1{\2}", _BARE_ABOVE.sub(r"\\frac{\1}", text))
    text = _BARE_ROOT.sub(r"\\sqrt{\1}", text)
    text = _BOLD.sub(r" \1 ", _TEXT.sub(r"\\text{", text))
    text = _TEXT_NUMBER.sub(r" \1 ", text)
    text = _DOUBLE_COMMA.sub(",", _AND.sub(" , ", text))
    text = _MIXED.sub(r"\1\\frac{\2}{\3}", text)
    if not re.search(r"[(\[]|\\\{", text):  # in brackets a comma may part items
        text = _THOUSANDS.sub(lambda number: number[0].replace(",", ""), text)
    return " ".join(text.split())


def squeeze(text: str) -> str:
    """A tidy text without spaces, to see that two are written alike; 1 2 does not become 12."""
    return _IDLE_SPACE.sub("", tidy(text))


def _unwrap(text: str) -> str:
    """Without the signs that begin and end mathematics."""
    for opening, closing in _WRAPPERS:
        inner = text[len(opening) : -len(closing)]
        if text.startswith(opening) and text.endswith(closing) and inner.strip("$ "):
            nested = opening in inner.replace("\\$", "")
            return text if nested else inner.strip().rstrip(".")
    return text
