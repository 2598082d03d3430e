"""The factors of a product: numbers, names, functions, fractions, roots, brackets, powers."""

from collections.abc import Callable
from fractions import Fraction

from judging.verifiers.math_exact.functions import (
    CALLABLE_NAMES,
    FUNCTIONS,
    GREEK,
    INVERSES,
    UNIT_WORDS,
    WORD_CONSTANTS,
)
from judging.verifiers.math_exact.matrices import parse_matrix
from judging.verifiers.math_exact.nodes import Apply, Name, Node, Number, UnreadableError, shape
from judging.verifiers.math_exact.numerals import read_based, read_number, read_repeating
from judging.verifiers.math_exact.stream import Stream

Parse = Callable[[Stream], Node]

MAX_LETTERS = 3
"""Longer runs of letters are words, not products."""

_PARENTHESES = {"(": (")", "]"), "[": (")", "]"), "\\{": ("\\}",)}
_FENCES = {
    "|": ("abs", "|"),
    "\\lvert": ("abs", "\\rvert"),
    "\\lfloor": ("floor", "\\rfloor"),
    "\\lceil": ("ceil", "\\rceil"),
}
_STARTS = ("(", "[", "\\{", "\\lvert", "\\lfloor", "\\lceil", "\\sqrt", "\\frac", "\\binom")


def starts_factor(stream: Stream) -> bool:
    """Whether the next token can follow a factor with no sign between them."""
    token = stream.peek
    if token.kind == "word":
        return _is_known(token.text) or (
            len(token.text) <= MAX_LETTERS and token.text not in UNIT_WORDS
        )
    if token.kind == "command":
        return token.text in _STARTS or _is_known(token.text[1:]) or token.text[1:] in GREEK
    return token.kind in ("number", "based", "repeating") or token.text in _STARTS


def parse_factor(stream: Stream, parse_list: Parse, parse_sum: Parse) -> Node:
    """A factor with its signs, its power and what stands behind it."""
    return _Factors(stream, parse_list, parse_sum).factor()


def _is_known(word: str) -> bool:
    return word in FUNCTIONS or word in WORD_CONSTANTS or word == "sqrt"


class _Factors:
    def __init__(self, stream: Stream, parse_list: Parse, parse_sum: Parse) -> None:
        self._stream = stream
        self._parse_list = parse_list
        self._parse_sum = parse_sum

    def factor(self) -> Node:
        with self._stream.deeper():
            match self._stream.take("-", "+", "\\pm", "\\mp"):
                case "-":
                    return Apply("negate", (self.factor(),))
                case "+":
                    return self.factor()
                case "":
                    return self._power()
                case sign:
                    zero = Number(Fraction(0))
                    return Apply("pm" if sign == "\\pm" else "mp", (zero, self.factor()))

    def _power(self) -> Node:
        return self._raise(self._postfix(self._atom()))

    def _raise(self, base: Node) -> Node:
        r"""A power behind a base; `^\circ` is a degree, and powers of powers go to the right."""
        if not self._stream.take("^"):
            return base
        if self._take_degree():
            return self._raise(Apply("degree", (base,)))
        if shape(base):
            raise UnreadableError("a power of what is no number")
        exponent = self._argument(power=True)
        return Apply("power", (base, self._raise(exponent)))

    def _take_degree(self) -> bool:
        if self._stream.take("\\circ", "\\degree"):
            return True
        if self._stream.peek.text == "{" and self._stream.stands_before("\\circ"):
            self._stream.pop()
            self._stream.pop()
            self._stream.need("}")
            return True
        return False

    def _postfix(self, node: Node) -> Node:
        if self._stream.take("!"):
            node = Apply("factorial", (node,))
        return Apply("degree", (node,)) if self._stream.take("\\degree") else node

    def _atom(self) -> Node:
        token = self._stream.peek
        match token.kind:
            case "number":
                return read_number(self._stream.pop().text)
            case "based":
                return read_based(self._stream.pop().text)
            case "repeating":
                return read_repeating(self._stream.pop().text)
            case "word":
                return self._letters()
            case "command" if token.text not in _PARENTHESES and token.text not in _FENCES:
                return self._command()
            case "environment":
                return parse_matrix(self._stream, self._parse_sum)
        return self._enclosed()

    def _letters(self) -> Node:
        """A known word, else a product of one-letter variables of which the last is taken last."""
        word = self._stream.peek.text
        if _is_known(word):
            self._stream.pop()
            return self._known(word)
        if len(word) > MAX_LETTERS:
            raise UnreadableError(f"the word {word[:20]!r}")
        letter = self._stream.split(1).text
        if len(word) == 1:
            if letter in CALLABLE_NAMES and self._stream.peek.text == "(":
                return self._call(letter)
            return self._subscript(letter)
        return Name(letter)

    def _command(self) -> Node:
        word = self._stream.pop().text[1:]
        if _is_known(word):
            return self._known(word)
        if word in GREEK:
            return self._subscript(word)
        match word:
            case "frac":
                return Apply("divide", (self._argument(), self._argument()))
            case "binom":
                return Apply("binomial", (self._argument(), self._argument()))
        raise UnreadableError(f"the command {word[:20]}")

    def _known(self, word: str) -> Node:
        if word == "sqrt":
            return self._root()
        if word in WORD_CONSTANTS:
            return Name(WORD_CONSTANTS[word])
        return self._function(FUNCTIONS[word])

    def _root(self) -> Node:
        degree: Node = Number(Fraction(2))
        if self._stream.take("["):
            degree = self._parse_sum(self._stream)
            self._stream.need("]")
        token = self._stream.peek
        if token.kind == "number" and len(token.text) > 1:
            raise UnreadableError("a root of several digits without braces")
        return Apply("root", (self._argument(), degree))

    def _argument(self, *, power: bool = False) -> Node:
        """What a command takes: a group, or one digit, letter or command; a power takes more."""
        if self._stream.take("{"):
            node = self._parse_sum(self._stream)
            self._stream.need("}")
            return node
        token = self._stream.peek
        if token.kind == "number" and not power:
            return read_number(self._stream.split(1).text)
        if token.kind == "word" and not _is_known(token.text):
            return Name(self._stream.split(1).text)
        if power and self._stream.take("-"):
            return Apply("negate", (self._atom(),))
        return self._atom()

    def _subscript(self, name: str) -> Node:
        """A variable with its subscript, which is part of its name."""
        if not self._stream.take("_"):
            return Name(name)
        if not self._stream.take("{"):
            if self._stream.peek.kind not in ("number", "word"):
                raise UnreadableError("an odd subscript")
            return Name(f"{name}_{self._stream.split(1).text}")
        index = ""
        while (token := self._stream.pop()).text not in ("}", ""):
            index += token.text
        return Name(f"{name}_{index}")

    def _call(self, name: str) -> Node:
        """A function that nobody told us: equal only where its arguments are."""
        self._stream.pop()
        inside = self._parse_sum(self._stream)
        self._stream.need(")")
        return Apply(f"call {name}", (inside,))

    def _function(self, name: str) -> Node:
        base: tuple[Node, ...] = ()
        if name == "log" and self._stream.take("_"):
            base = (self._argument(),)
        exponent = self._argument(power=True) if self._stream.take("^") else None
        if exponent == Apply("negate", (Number(Fraction(1)),)) and name in INVERSES:
            name, exponent = INVERSES[name], None
        node: Node = Apply(name, (self._function_argument(), *base))
        return node if exponent is None else Apply("power", (node, exponent))

    def _function_argument(self) -> Node:
        r"""A bracket, or factors up to the next sign, function or bracket: `\sin 2x`."""
        if self._stream.peek.text in ("(", "{"):
            closing = {"(": ")", "{": "}"}[self._stream.pop().text]
            node = self._parse_sum(self._stream)
            self._stream.need(closing)
            return node
        node = self._power()
        while starts_factor(self._stream) and not self._ends_argument():
            node = Apply("multiply", (node, self._power()))
        return node

    def _ends_argument(self) -> bool:
        token = self._stream.peek
        return token.text in _PARENTHESES or token.text.removeprefix("\\") in FUNCTIONS

    def _enclosed(self) -> Node:
        opening = self._stream.pop().text
        if opening == "{":
            node = self._parse_sum(self._stream)
            self._stream.need("}")
            return node
        if opening in _FENCES:
            head, closing = _FENCES[opening]
            node = Apply(head, (self._parse_sum(self._stream),))
            self._stream.need(closing)
            return node
        if opening not in _PARENTHESES:
            raise UnreadableError(f"cannot read {opening[:20]!r}" if opening else "it ends early")
        return self._bracket(opening)

    def _bracket(self, opening: str) -> Node:
        """A group, a tuple, an interval or a set; the kinds of brackets are in the head."""
        inside = self._parse_list(self._stream)
        closing = self._stream.take(*_PARENTHESES[opening])
        if not closing:
            raise UnreadableError(f"{opening} is not closed")
        parts = inside.parts if isinstance(inside, Apply) and inside.head == "list" else (inside,)
        if opening == "\\{":
            return Apply("set", parts)
        if len(parts) == 1 and opening + closing in ("()", "[]"):
            return inside
        return Apply(f"bracket {opening}{closing}", parts)
