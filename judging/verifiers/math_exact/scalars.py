"""Whether two scalars are equal: exactly where both are rational, else to many digits."""

from fractions import Fraction

from mpmath import mp, mpf

from judging.verifiers.math_exact.findings import SAME, Finding, different, unsure
from judging.verifiers.math_exact.nodes import Node, Number, UnreadableError, heads_in, names_in
from judging.verifiers.math_exact.numeric import (
    DIGITS,
    GUARD_DIGITS,
    Point,
    make_points,
    numeric_value,
)
from judging.verifiers.math_exact.rational import exact_value

POINTS = 6
FEWEST_POINTS = 3
"""Points at which both have a value, without which two functions are not compared."""
SURE_DIGITS = 20
"""Values that differ before this digit differ."""
EQUAL_DIGITS = GUARD_DIGITS - 2
"""Values that agree so far are equal; between `SURE_DIGITS` and this nothing is said."""
PLACES_OF_THOUSANDS = 3
SHORTEST_ROUNDING = 2
"""Digits after the point from which a decimal may be the rounded value of the other side."""


def compare_scalars(a: Node, b: Node) -> Finding:
    """Compare two scalar trees.

    Raises:
        UnreadableError: where one of them has no value.
    """
    exact_a, exact_b = exact_value(a), exact_value(b)
    if exact_a is not None and exact_b is not None:
        finding = SAME if exact_a == exact_b else different("different numbers")
    else:
        finding = _compare_values(a, b)
    if finding.verdict == "different" and (_is_rounded(a, b) or _is_rounded(b, a)):
        return unsure("one may be the other rounded")
    if finding.verdict == "different" and (_is_parted(a, b) or _is_parted(b, a)):
        return unsure("a point may part thousands")
    return finding


def _compare_values(a: Node, b: Node) -> Finding:
    """A logarithm without a base is read both ways; the readings have to agree."""
    bases = (10.0, float(mp.e)) if "log" in heads_in(a) | heads_in(b) else (10.0,)
    findings = {_compare_at_points(a, b, base) for base in bases}
    return findings.pop() if len(findings) == 1 else unsure("the base of a logarithm")


def _compare_at_points(a: Node, b: Node, log_base: float) -> Finding:
    names = names_in(a) | names_in(b)
    verdicts: list[str] = []
    for point in make_points(names, POINTS) if names else [{}]:
        try:
            verdicts.append(_compare_at(a, b, point, log_base))
        except UnreadableError:
            if not names:
                raise
    if names and len(verdicts) < FEWEST_POINTS:
        return unsure("values at too few points")
    if set(verdicts) == {"same"}:
        return SAME
    if set(verdicts) == {"different"}:
        return different("different values")
    return unsure("equal on a part of the domain only")


def _compare_at(a: Node, b: Node, point: Point, log_base: float) -> str:
    first, second = numeric_value(a, point, log_base), numeric_value(b, point, log_base)
    with mp.workdps(DIGITS):
        scale = max(abs(first), abs(second))
        gap = abs(first - second)
        if gap <= scale * mpf(10) ** -EQUAL_DIGITS:
            return "same"
        return "different" if gap > scale * mpf(10) ** -SURE_DIGITS else "unsure"


def _is_parted(decimal: Node, other: Node) -> bool:
    """Whether a decimal is the other value where a point parts thousands, as in much of Europe."""
    if not isinstance(decimal, Number) or decimal.places != PLACES_OF_THOUSANDS:
        return False
    return exact_value(other) == decimal.value * 1_000


def _is_rounded(decimal: Node, other: Node) -> bool:
    """Whether a decimal as written is the other value at that many places."""
    if not isinstance(decimal, Number) or decimal.places < SHORTEST_ROUNDING or names_in(other):
        return False
    if isinstance(other, Number) and other.places <= decimal.places:
        return False
    value = exact_value(other)
    half = Fraction(1, 2 * 10**decimal.places)
    if value is not None:
        return abs(value - decimal.value) <= half
    with mp.workdps(DIGITS):
        return bool(
            abs(numeric_value(other, {}) - numeric_value(decimal, {}))
            <= mpf(1) / (2 * 10**decimal.places)
        )
