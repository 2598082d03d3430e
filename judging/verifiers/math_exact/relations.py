"""Equations and inequalities: when two say the same, and what one that is solved gives."""

from collections.abc import Callable
from itertools import pairwise

from mpmath import mp, mpf

from judging.verifiers.math_exact.findings import SAME, Finding, different, unsure
from judging.verifiers.math_exact.nodes import Apply, Name, Node, UnreadableError, names_in
from judging.verifiers.math_exact.numeric import DIGITS, GUARD_DIGITS, make_points, numeric_value

POINTS = 6
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_ENDS = {"<": ("(", ")"), "<=": ("[", "]")}

Compare = Callable[[Node, Node], Finding]


def solved_value(node: Node) -> Node | None:
    r"""The right side of `x = 5` or `x \in S`, the interval of `x > 5`; None for the rest."""
    if not isinstance(node, Apply):
        return None
    if node.head == "relation chain":
        return _between(node)
    name, value = node.parts
    sign = node.head.removeprefix("relation ")
    if not isinstance(name, Name) and isinstance(value, Name) and sign in (*_FLIPPED, "="):
        name, value, sign = value, name, _FLIPPED.get(sign, sign)
    if not isinstance(name, Name) or name.name in names_in(value):
        return _called(name, value) if sign == "=" else None
    return value if sign in ("=", "in") else _ray(sign, value)


def compare_relations(a: Apply, b: Apply, compare: Compare) -> Finding:
    """Solved ones by their values, equations by their difference of sides."""
    named = _solved_name(a), _solved_name(b)
    values = solved_value(a), solved_value(b)
    if named[0] and named[0] == named[1] and values[0] and values[1]:
        return compare(values[0], values[1])
    if a.head == b.head == "relation =":
        return _compare_equations(a, b)
    return unsure("relations of other forms")


def _solved_name(node: Apply) -> str:
    """The name that a relation is about; '' where it is about none."""
    if node.head == "relation chain":
        middle = node.parts[0].parts[1] if isinstance(node.parts[0], Apply) else None
        return middle.name if isinstance(middle, Name) else ""
    for side in node.parts:
        if isinstance(side, Name):
            return side.name
    left = node.parts[0]
    return str(left) if isinstance(left, Apply) and left.head.startswith("call ") else ""


def _called(left: Node, value: Node) -> Node | None:
    """`f(x) = ...` gives what stands on its right."""
    return value if isinstance(left, Apply) and left.head.startswith("call ") else None


def _ray(sign: str, value: Node) -> Node | None:
    infinity = Name("inf")
    if sign in (">", ">="):
        return Apply(f"bracket {_ENDS[_FLIPPED[sign]][0]})", (value, infinity))
    if sign in ("<", "<="):
        return Apply(f"bracket ({_ENDS[sign][1]}", (Apply("negate", (infinity,)), value))
    return None


def _between(chain: Apply) -> Node | None:
    """The interval of `a < x <= b`; None for other chains."""
    first, second = chain.parts[0], chain.parts[-1]
    if len(chain.parts) != 2 or not isinstance(first, Apply) or not isinstance(second, Apply):
        return None
    signs = [part.head.removeprefix("relation ") for part in (first, second)]
    low, high = first.parts[0], second.parts[1]
    if all(sign in (">", ">=") for sign in signs):
        low, high, signs = high, low, [_FLIPPED[signs[1]], _FLIPPED[signs[0]]]
    if not isinstance(first.parts[1], Name) or any(sign not in _ENDS for sign in signs):
        return None
    return Apply(f"bracket {_ENDS[signs[0]][0]}{_ENDS[signs[1]][1]}", (low, high))


def _compare_equations(a: Apply, b: Apply) -> Finding:
    """Equal where one difference of sides is a constant times the other.

    Another quotient proves two linear equations different; curves may have other forms.
    """
    names = names_in(a) | names_in(b)
    if not names:
        return unsure("equations without variables")
    first, second = (Apply("add", (n.parts[0], Apply("negate", (n.parts[1],)))) for n in (a, b))
    quotients = []
    with mp.workdps(DIGITS):
        for point in make_points(names, POINTS):
            values = numeric_value(first, point), numeric_value(second, point)
            if not all(values):
                raise UnreadableError("an equation that always holds")
            quotients.append(values[0] / values[1])
        tolerance = mpf(10) ** -GUARD_DIGITS
        if all(abs(q - p) <= abs(p) * tolerance for p, q in pairwise(quotients)):
            return SAME
    if _is_linear(first, names) and _is_linear(second, names):
        return different("different linear equations")
    return unsure("equations that are no multiples")


def _is_linear(node: Node, names: set[str]) -> bool:
    """Whether d(p) + d(q) = d(p + q) + d(0) at random points."""
    p, q = make_points(names, 2)
    zero = dict.fromkeys(names, mpf(0))
    with mp.workdps(DIGITS):
        added = {name: p[name] + q[name] for name in names}
        first, second, third, fourth = (numeric_value(node, at) for at in (p, q, added, zero))
        return bool(abs(first + second - third - fourth) < mpf(10) ** -GUARD_DIGITS)
