"""Matrices and vectors in their LaTeX environments."""

from collections.abc import Callable

from judging.verifiers.math_exact.nodes import Apply, Node, UnreadableError
from judging.verifiers.math_exact.stream import Stream

_KINDS = frozenset(("matrix", "pmatrix", "bmatrix", "Bmatrix", "smallmatrix", "array"))


def parse_matrix(stream: Stream, parse_sum: Callable[[Stream], Node]) -> Node:
    """A matrix with `rows x columns` in its head, its entries row by row."""
    _need_kind(stream.pop().text, "\\begin")
    rows: list[list[Node]] = [[]]
    while stream.peek.kind != "environment":
        rows[-1].append(parse_sum(stream))
        if stream.take("&"):
            continue
        if stream.take("\\\\"):
            if stream.peek.kind != "environment":
                rows.append([])
        elif stream.peek.kind != "environment":
            raise UnreadableError("a broken matrix")
    _need_kind(stream.pop().text, "\\end")
    if len({len(row) for row in rows}) != 1 or not rows[0]:
        raise UnreadableError("a ragged matrix")
    head = f"matrix {len(rows)}x{len(rows[0])}"
    return Apply(head, tuple(entry for row in rows for entry in row))


def _need_kind(text: str, side: str) -> None:
    kind = text.partition("{")[2].strip("} ")
    if not text.startswith(side) or kind not in _KINDS:
        raise UnreadableError(f"the environment {kind}")
