"""Numbers as they are written: decimals, repeating decimals, other bases."""

import re
from fractions import Fraction

from judging.verifiers.math_exact.nodes import Apply, Name, Node, Number, UnreadableError

MAX_DIGITS = 500


def read_number(text: str) -> Number:
    """A decimal numeral."""
    if len(text) > MAX_DIGITS:
        raise UnreadableError("too many digits")
    return Number(Fraction(text), len(text.partition(".")[2]))


def read_repeating(text: str) -> Number:
    r"""A decimal with a period, such as `0.1\overline{6}`."""
    before, _, period = text.partition("\\overline")
    digits = re.sub(r"[^0-9]", "", period)
    whole, _, fixed = before.partition(".")
    if len(text) > MAX_DIGITS:
        raise UnreadableError("too many digits")
    start = Fraction(int(whole + fixed or "0"), 10 ** len(fixed))
    return Number(start + Fraction(int(digits), (10 ** len(digits) - 1) * 10 ** len(fixed)))


def read_based(text: str) -> Node:
    """A numeral with its base as a subscript: value, base, and the digits as written."""
    digits, _, base_text = text.partition("_")
    base = int(base_text.strip("{} "))
    whole, _, below = digits.partition(".")
    values = [int(digit, 36) for digit in whole + below]
    if not 2 <= base <= 36 or len(values) > MAX_DIGITS or max(values) >= base:
        raise UnreadableError("no numeral of that base")
    value = Fraction(0)
    for digit in values:
        value = value * base + digit
    written: Node = Number(Fraction(digits)) if digits.replace(".", "").isdigit() else Name(digits)
    return Apply("base", (Number(value / base ** len(below)), Number(Fraction(base)), written))
