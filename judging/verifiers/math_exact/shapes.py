"""Trees compared by their shape: lists, sets, brackets, matrices, units, bases, relations."""

from collections.abc import Callable, Sequence

from judging.verifiers.answer import CENTESIMAL_UNITS, CONVERTIBLE_UNITS
from judging.verifiers.math_exact.findings import SAME, Finding, different, unsure
from judging.verifiers.math_exact.nodes import Apply, Name, Node, UnreadableError, names_in, shape
from judging.verifiers.math_exact.rational import exact_value
from judging.verifiers.math_exact.relations import compare_relations, solved_value
from judging.verifiers.math_exact.scalars import compare_scalars

_ROUND, _RATIO = "bracket ()", "bracket ratio"
_AGAINST, _ANOTHER = "one number against several", "another number of items"
COUNTING = frozenset((_AGAINST, _ANOTHER))
"""Reasons that hang on what the commas mean."""
_SEVERAL = ("list", "set", "union", "bracket", "matrix")


def compare_nodes(a: Node, b: Node) -> Finding:
    """Compare an answer with the expected one.

    Raises:
        UnreadableError: where one of them has no value.
    """
    a, b = _align(a, b)
    kinds = shape(a), shape(b)
    if kinds[0] != kinds[1]:
        return _compare_across(a, b)
    if kinds[0] == "":
        return _compare_ends(a, b)
    assert isinstance(a, Apply)
    assert isinstance(b, Apply)
    return _COMPARISONS[kinds[0]](a, b)


def _align(a: Node, b: Node) -> tuple[Node, Node]:
    """`x = 5` beside a bare 5, and a list in braces beside one without, are one form."""
    if shape(a) == "relation" and shape(b) != "relation":
        a = solved_value(a) or a
    if shape(b) == "relation" and shape(a) != "relation":
        b = solved_value(b) or b
    if {shape(a), shape(b)} == {"set", "list"}:
        a, b = (Apply("list", n.parts) if isinstance(n, Apply) else n for n in (a, b))
    if shape(a) == "set" and shape(b) == "" and len(a.parts) == 1:  # type: ignore[union-attr]
        a = a.parts[0]  # type: ignore[union-attr]
    if shape(b) == "set" and shape(a) == "" and len(b.parts) == 1:  # type: ignore[union-attr]
        b = b.parts[0]  # type: ignore[union-attr]
    return a, b


def _compare_ends(a: Node, b: Node) -> Finding:
    """Scalars, of which infinity is one here."""
    signs = _infinity(a), _infinity(b)
    if signs == (0, 0):
        return compare_scalars(a, b)
    return SAME if signs[0] == signs[1] else different("infinity on one side")


def _infinity(node: Node) -> int:
    if node == Name("inf"):
        return 1
    if isinstance(node, Apply) and node.head == "negate":
        return -_infinity(node.parts[0])
    return 0


def _compare_across(a: Node, b: Node) -> Finding:
    """Two kinds: a unit or a base on one side only, one number against several, else unsure."""
    for one, other in ((a, b), (b, a)):
        if shape(other) == "" and isinstance(one, Apply):
            if shape(one) == "unit":
                return _compare_one_unit(one, other)
            if shape(one) == "base":
                return _compare_one_base(one, other, asked=one is b)
            if shape(one) in _SEVERAL and len(one.parts) > 1 and one.head != _RATIO:
                compare_scalars(other, other)  # refuses a number that has no value
                return different(_AGAINST)
    return unsure(f"{shape(a) or 'a number'} against {shape(b) or 'a number'}")


def _compare_one_unit(with_unit: Apply, bare: Node) -> Finding:
    """Equal numbers are the same; others may be the same quantity where a unit converts."""
    unit = with_unit.head.removeprefix("unit ")
    finding = compare_scalars(with_unit.parts[0], bare)
    if finding.verdict != "different":
        return finding
    if unit == "degree":
        radians = compare_scalars(Apply("degree", with_unit.parts), bare)
        return unsure("degrees or radians") if radians.verdict == "same" else radians
    if unit in CONVERTIBLE_UNITS:
        return unsure(f"{unit} is given on one side only")
    values = exact_value(with_unit.parts[0]), exact_value(bare)
    if unit in CENTESIMAL_UNITS and _is_hundredfold(*values):
        return unsure(f"{unit} is given on one side only")
    return finding


def _is_hundredfold(a: object, b: object) -> bool:
    return a is None or b is None or a * 100 == b or b * 100 == a  # type: ignore[operator]


def _compare_one_base(based: Apply, bare: Node, *, asked: bool) -> Finding:
    """The digits without their base are the answer where the base was asked for."""
    value, _, written = based.parts
    if compare_scalars(written, bare).verdict == "same":
        return SAME if asked else unsure("a base that was not expected")
    if compare_scalars(value, bare).verdict == "same":
        return unsure("the value without its base")
    return different("other digits")


def _compare_bases(a: Apply, b: Apply) -> Finding:
    if a.parts[0] != b.parts[0]:
        return different("different numbers")
    return SAME if a.parts[1] == b.parts[1] else unsure("another base")


def _compare_units(a: Apply, b: Apply) -> Finding:
    finding = compare_scalars(a.parts[0], b.parts[0])
    if a.head == b.head:
        return finding
    return unsure("other units")


def _compare_lists(a: Apply, b: Apply) -> Finding:
    """Solutions in any order; each has to find a partner of its own."""
    if len(a.parts) != len(b.parts):
        return different(_ANOTHER)
    left = list(b.parts)
    open_items: list[Node] = []
    for item in a.parts:
        partner = next((o for o in left if compare_nodes(item, o).verdict == "same"), None)
        if partner is None:
            open_items.append(item)
        else:
            left.remove(partner)
    if not open_items:
        return SAME
    if any(all(compare_nodes(i, o).verdict == "different" for o in left) for i in open_items):
        return different("an item differs")
    return unsure("items that cannot be compared")


def _compare_brackets(a: Apply, b: Apply) -> Finding:
    """Points, intervals and ratios, item by item."""
    if len(a.parts) != len(b.parts):
        return different(_ANOTHER)
    finding = _compare_items(a.parts, b.parts)
    if a.head == b.head or finding.verdict != "same":
        return finding if a.head != _RATIO or finding.verdict == "same" else _ratio(a, b)
    if {a.head, b.head} <= {_ROUND, "bracket []"} and not any(map(_infinity, a.parts)):
        return unsure("a point, a list or an interval")
    return different("other ends of an interval")


def _ratio(a: Apply, b: Apply) -> Finding:
    """1:2 and 2:4 may be meant as one; so may a time."""
    crossed = [Apply("multiply", pair) for pair in zip(a.parts, reversed(b.parts), strict=True)]
    same = b.head == _RATIO and compare_scalars(*crossed).verdict == "same"
    return unsure("proportional") if same else different("another ratio")


def _compare_items(a: Sequence[Node], b: Sequence[Node]) -> Finding:
    findings = [compare_nodes(*pair) for pair in zip(a, b, strict=True)]
    for verdict in ("different", "unsure"):
        for finding in findings:
            if finding.verdict == verdict:
                return finding
    return SAME


def _compare_matrices(a: Apply, b: Apply) -> Finding:
    if a.head != b.head:
        return unsure("another form of matrix")
    return _compare_items(a.parts, b.parts)


def _refuse(a: Apply, b: Apply) -> Finding:
    raise UnreadableError(f"no comparison of {shape(a)} with {sorted(names_in(b))}")


_COMPARISONS: dict[str, Callable[[Apply, Apply], Finding]] = {
    "list": _compare_lists,
    "set": _compare_lists,
    "union": _compare_lists,
    "bracket": _compare_brackets,
    "matrix": _compare_matrices,
    "relation": lambda a, b: compare_relations(a, b, compare_nodes),
    "base": _compare_bases,
    "unit": _compare_units,
    "text": _refuse,
}
