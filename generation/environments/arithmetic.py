"""Exact arithmetic on hostile text, without eval: + - * / ( ), decimals, and names of registers."""

import re
from collections.abc import Mapping
from fractions import Fraction

from generation.environments.base import ToolError

MAX_CHARACTERS = 200
MAX_DEPTH = 20
MAX_PART = 10**18
"""Largest numerator and denominator: keeps every step, and so the whole work, small."""
_TOKEN = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?|[a-z][a-z0-9_]*|[-+*/()])")


def evaluate(expression: str, registers: Mapping[str, Fraction]) -> Fraction:
    """The value of an expression; raises ToolError that says what is wrong with it."""
    parser = _Parser(_tokenize(expression), registers)
    value = parser.read_sum(0)
    parser.expect("")
    return value


def show_number(value: Fraction) -> str:
    """A number as people write it, to six decimals at most."""
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.6f}".rstrip("0").rstrip(".")


def _tokenize(expression: str) -> list[str]:
    if len(expression) > MAX_CHARACTERS:
        raise ToolError(f"the expression is too long: at most {MAX_CHARACTERS} characters")
    text, tokens, place = expression.strip().lower(), [], 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ToolError(
                f"cannot read {text[place:].strip()[:1]!a}: use numbers, registers, + - * / ( )"
            )
        tokens.append(match[1])
        place = match.end()
    return [*tokens, ""]


class _Parser:
    """Recursive descent: a sum of products of signed atoms. The empty token is the end."""

    def __init__(self, tokens: list[str], registers: Mapping[str, Fraction]) -> None:
        self._tokens = tokens
        self._registers = registers
        self._place = 0

    def read_sum(self, depth: int) -> Fraction:
        if depth > MAX_DEPTH:
            raise ToolError(f"the brackets are nested too deep: at most {MAX_DEPTH}")
        value = self._read_product(depth)
        while (sign := self._take("+", "-")) is not None:
            term = self._read_product(depth)
            value = _bounded(value + term if sign == "+" else value - term)
        return value

    def expect(self, token: str) -> None:
        if self._take(token) is None:
            found, wanted = self._tokens[self._place], token or "the end"
            raise ToolError(f"the expression has '{found or 'the end'}' where {wanted} should be")

    def _read_product(self, depth: int) -> Fraction:
        value = self._read_signed(depth)
        while (sign := self._take("*", "/")) is not None:
            factor = self._read_signed(depth)
            if sign == "/" and not factor:
                raise ToolError("division by zero")
            value = _bounded(value * factor if sign == "*" else value / factor)
        return value

    def _read_signed(self, depth: int) -> Fraction:
        sign = 1
        while self._take("-") is not None:
            sign = -sign
        return sign * self._read_atom(depth)

    def _read_atom(self, depth: int) -> Fraction:
        if self._take("(") is not None:
            value = self.read_sum(depth + 1)
            self.expect(")")
            return value
        token = self._tokens[self._place]
        if token[:1].isdigit():
            self._place += 1
            return _bounded(Fraction(token))
        if token[:1].isalpha():
            self._place += 1
            return self._read_register(token)
        raise ToolError(f"the expression has '{token or 'the end'}' where a number should be")

    def _read_register(self, name: str) -> Fraction:
        if name not in self._registers:
            raise ToolError(f"register '{name}' is empty")
        return self._registers[name]

    def _take(self, *tokens: str) -> str | None:
        token = self._tokens[self._place]
        if token not in tokens:
            return None
        if token:
            self._place += 1
        return token


def _bounded(value: Fraction) -> Fraction:
    if max(abs(value.numerator), value.denominator) > MAX_PART:
        raise ToolError("the number is too large or too fine for this calculator")
    return value
