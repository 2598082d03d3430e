r"""Plus-minus written out: `1 \pm a` is the list of both values."""

from judging.verifiers.math_exact.nodes import Apply, Node, UnreadableError, heads_in, shape


def expand(node: Node) -> Node:
    """A tree without plus-minus.

    Raises:
        UnreadableError: where it stands in a place with no clear meaning.
    """
    if not {"pm", "mp"} & heads_in(node):
        return node
    assert isinstance(node, Apply)
    if node.head == "list":
        return Apply("list", tuple(value for part in node.parts for value in _values(part)))
    if node.head == "relation =" and not {"pm", "mp"} & heads_in(node.parts[0]):
        right = _values(node.parts[1])
        return Apply("list", tuple(Apply("relation =", (node.parts[0], side)) for side in right))
    if node.head == "set":
        return Apply("set", tuple(value for part in node.parts for value in _values(part)))
    return Apply("list", tuple(_values(node)))


def _values(node: Node) -> list[Node]:
    """The node with the upper and with the lower signs; all change together."""
    if not {"pm", "mp"} & heads_in(node):
        return [node]
    if shape(node) not in ("", "unit", "bracket"):
        raise UnreadableError("plus-minus in an odd place")
    return [_choose(node, upper=True), _choose(node, upper=False)]


def _choose(node: Node, *, upper: bool) -> Node:
    if not isinstance(node, Apply):
        return node
    parts = tuple(_choose(part, upper=upper) for part in node.parts)
    if node.head not in ("pm", "mp"):
        return Apply(node.head, parts)
    plus = (node.head == "pm") == upper
    return Apply("add", parts if plus else (parts[0], Apply("negate", (parts[1],))))
