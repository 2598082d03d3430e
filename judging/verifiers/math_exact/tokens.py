"""A tidy text in tokens, each with its kind."""

import re
from dataclasses import dataclass

from judging.verifiers.math_exact.nodes import UnreadableError

MAX_TOKENS = 1_000

_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<text>\\text\s*\{[^{}]*\})"
    r"|(?P<environment>\\(?:begin|end)\s*\{[a-zA-Z]{1,12}\*?\})"
    r"|(?P<row>\\\\)"
    r"|(?P<command>\\[a-zA-Z]+|\\[{}$|])"
    r"|(?P<based>[0-9][0-9A-Z]*(?:\.[0-9A-Z]+)?_(?:\{\s*[0-9]{1,2}\s*\}|[0-9]))"
    r"|(?P<thousands>[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?(?![0-9]))"
    r"|(?P<repeating>[0-9]*\.[0-9]*\\overline\s*\{[0-9]{1,40}\})"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
    r"|(?P<word>[A-Za-z]+)"
    r"|(?P<sign><=|>=|[-+*/^_=<>!%:;,()\[\]{}|&$€£¥'])"
)
_OPENING, _CLOSING = frozenset(("(", "[", "\\{")), frozenset((")", "]", "\\}"))
_NO_ITEM = re.compile(r",0[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a text."""

    kind: str
    text: str


END = Token("end", "")
COMMA = Token("sign", ",")


def tokenize(text: str) -> list[Token]:
    """Tokens without spaces.

    Raises:
        UnreadableError: at a sign that has no meaning here, or when there are too many tokens.
    """
    tokens: list[Token] = []
    position = depth = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise UnreadableError(f"cannot read {text[position]!r}")
        position = match.end()
        kind, found = str(match.lastgroup), match[0]
        depth += (found in _OPENING) - (found in _CLOSING)
        if kind != "space":
            tokens += _tokens_of(kind, found, depth)
        if len(tokens) > MAX_TOKENS:
            raise UnreadableError("too long")
    return tokens


def _tokens_of(kind: str, found: str, depth: int) -> list[Token]:
    """One token, but for commas inside brackets: there they part items, not thousands."""
    if kind != "thousands":
        return [Token(kind, found)]
    if depth <= 0:
        return [Token("number", found.replace(",", ""))]
    if _NO_ITEM.search(found):
        raise UnreadableError("a comma may part thousands or items")
    items = [token for part in found.split(",") for token in (Token("number", part), COMMA)]
    return items[:-1]
