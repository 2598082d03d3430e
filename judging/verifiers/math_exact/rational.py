"""Exact values of trees that are rational numbers."""

from collections.abc import Callable
from fractions import Fraction
from math import ceil, comb, factorial, floor, isqrt

from judging.verifiers.math_exact.nodes import Name, Node, Number, UnreadableError

MAX_BITS = 20_000
"""Of a numerator or denominator; a larger one is compared by its logarithm, not exactly."""
MAX_FACTORIAL = 1_000

_Operation = Callable[..., Fraction | None]


def exact_value(node: Node) -> Fraction | None:
    """The rational number that a tree is; None where it is none, or too large to write out.

    Raises:
        UnreadableError: for a division by zero.
    """
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name) or node.head not in _OPERATIONS:
        return None
    values = [exact_value(part) for part in node.parts]
    if any(value is None for value in values):
        return None
    result = _OPERATIONS[node.head](*values)
    return result if result is None or _bits(result) <= MAX_BITS else None


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _divide(above: Fraction, below: Fraction) -> Fraction:
    if not below:
        raise UnreadableError("a division by zero")
    return above / below


def _power(base: Fraction, exponent: Fraction) -> Fraction | None:
    if exponent.denominator != 1 or _bits(base) * abs(exponent) > MAX_BITS:
        return None
    if not base and exponent <= 0:
        raise UnreadableError("no power of zero")
    return Fraction(base ** int(exponent))


def _root(value: Fraction, degree: Fraction) -> Fraction | None:
    """Only square roots of squares; the others are no rational numbers or are left to digits."""
    if degree != 2 or value < 0:
        return None
    above, below = isqrt(value.numerator), isqrt(value.denominator)
    return Fraction(above, below) if Fraction(above**2, below**2) == value else None


def _factorial(value: Fraction) -> Fraction | None:
    if value.denominator != 1 or not 0 <= value <= MAX_FACTORIAL:
        return None
    return Fraction(factorial(int(value)))


def _binomial(n: Fraction, k: Fraction) -> Fraction | None:
    if n.denominator != 1 or k.denominator != 1 or not 0 <= k <= n <= MAX_FACTORIAL:
        return None
    return Fraction(comb(int(n), int(k)))


_OPERATIONS: dict[str, _Operation] = {
    "add": lambda a, b: a + b,
    "multiply": lambda a, b: a * b,
    "divide": _divide,
    "negate": lambda a: -a,
    "power": _power,
    "root": _root,
    "abs": abs,
    "floor": lambda a: Fraction(floor(a)),
    "ceil": lambda a: Fraction(ceil(a)),
    "factorial": _factorial,
    "binomial": _binomial,
}
