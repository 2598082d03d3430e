"""Values of trees to many digits, at points where the variables have seeded random values.

A value that the working precision cannot carry is refused rather than rounded.
"""

import random
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from mpmath import mp, mpc, mpf

from judging.verifiers.math_exact.nodes import Name, Node, Number, UnreadableError

DIGITS = 80
GUARD_DIGITS = 40
"""Digits of a value that have to hold."""
MAX_LOG10 = 10_000_000
"""Powers whose result has more digits than this are refused."""
MAX_ANGLE = 10**9

Point = Mapping[str, Any]


def make_points(names: set[str], count: int) -> list[Point]:
    """The same points for the same names: the first half positive, the rest of both signs."""
    draws = random.Random(f"points {sorted(names)}")
    points: list[Point] = []
    for index in range(count):
        signs = [1] if index < count / 2 else [-1, 1]
        points.append(
            {
                name: draws.choice(signs) * mpf(draws.randrange(3 * 10**8, 3 * 10**9)) / 10**9
                for name in sorted(names)
            }
        )
    return points


def numeric_value(node: Node, point: Point, log_base: float = 10) -> Any:
    """The complex value of a scalar tree, of which at least `GUARD_DIGITS` digits hold.

    Calculated twice, with `DIGITS` and twice as many: digits on which both agree were not lost to
    cancellation, and what shrinks with the precision is zero.

    Raises:
        UnreadableError: for a pole, a shape, lost digits, or a number beyond all bounds.
    """
    with mp.workdps(DIGITS):
        coarse = _value(node, point, log_base)
    with mp.workdps(2 * DIGITS):
        fine = _value(node, point, log_base)
        if not mp.isfinite(fine):
            raise UnreadableError("not finite")
        if abs(fine - coarse) <= abs(fine) * mpf(10) ** -GUARD_DIGITS:
            return fine
        if abs(fine) < mpf(10) ** -(DIGITS + GUARD_DIGITS):
            return mpf(0)
    raise UnreadableError("digits are lost")


def _value(node: Node, point: Point, log_base: float) -> Any:
    if isinstance(node, Number):
        return mpf(node.value.numerator) / node.value.denominator
    if isinstance(node, Name):
        return _name(node.name, point)
    parts = [_value(part, point, log_base) for part in node.parts]
    if node.head == "log" and len(parts) == 1:
        parts.append(mpf(log_base))
    if node.head.startswith("call "):
        return _unknown_function(node.head, parts[0])
    operation = _OPERATIONS.get(node.head)
    if operation is None:
        raise UnreadableError(f"no value of {node.head}")
    try:
        return operation(*parts)
    except (ZeroDivisionError, ValueError, OverflowError, TypeError) as error:
        raise UnreadableError(f"no value: {error}"[:100]) from error


def _name(name: str, point: Point) -> Any:
    match name:
        case "pi":
            return +mp.pi
        case "e":
            return +mp.e
        case "i":
            return mpc(0, 1)
        case "inf":
            raise UnreadableError("infinity is no number")
    return point[name]


def _unknown_function(head: str, argument: Any) -> Any:
    """A function of which nothing is known: a curve drawn from its name."""
    slope = int(sha256(head.encode()).hexdigest()[:8], 16) / 2**32 + 0.5
    return mp.sin(argument * slope) + argument * argument * slope


def _power(base: Any, exponent: Any) -> Any:
    if base == 0:
        if mp.re(exponent) > 0:
            return mpf(0)
        raise UnreadableError("no power of zero")
    if abs(exponent) * abs(mp.log(abs(base), 10)) > MAX_LOG10:
        raise UnreadableError("too large a power")
    return mp.power(base, exponent)


def _root(value: Any, degree: Any) -> Any:
    """Odd roots of negative numbers are real, as they are taught."""
    if degree == 0:
        raise UnreadableError("a root of degree zero")
    if mp.im(value) == 0 and mp.re(value) < 0 and mp.isint(degree) and int(mp.re(degree)) % 2:
        return -_power(-value, 1 / degree)
    return _power(value, 1 / degree)


def _periodic(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def bounded(angle: Any) -> Any:
        if abs(angle) > MAX_ANGLE:
            raise UnreadableError("too large an angle")
        return function(angle)

    return bounded


def _log(value: Any, base: Any) -> Any:
    return mp.log(value) / mp.log(base)


def _whole(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Floor and ceiling: near a whole number the digits decide nothing."""

    def certain(value: Any) -> Any:
        if mp.im(value) or abs(value - mp.nint(value)) < mpf(10) ** -GUARD_DIGITS:
            raise UnreadableError("too near a whole number")
        return function(value)

    return certain


_OPERATIONS: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "negate": lambda a: -a,
    "power": _power,
    "root": _root,
    "abs": abs,
    "floor": _whole(mp.floor),
    "ceil": _whole(mp.ceil),
    "degree": lambda a: a * mp.pi / 180,
    "ln": mp.log,
    "log": _log,
    "exp": lambda a: _power(mp.e, a),
    **{
        name: _periodic(getattr(mp, name))
        for name in ("sin", "cos", "tan", "cot", "sec", "csc", "sinh", "cosh", "tanh")
    },
    "arcsin": mp.asin,
    "arccos": mp.acos,
    "arctan": mp.atan,
}
