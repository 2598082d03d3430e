"""The tree of a mathematical answer. Scalars, tuples, sets and matrices are all nodes."""

from dataclasses import dataclass
from fractions import Fraction


class UnreadableError(ValueError):
    """A text that has no one clear meaning here; the message says what stands in the way."""


@dataclass(frozen=True, slots=True)
class Number:
    """An exact number."""

    value: Fraction
    places: int = 0
    """Digits after the point, as written."""


@dataclass(frozen=True, slots=True)
class Name:
    """A variable, with its subscript where it has one, or the constants 'pi', 'e', 'i', 'inf'."""

    name: str


@dataclass(frozen=True, slots=True)
class Apply:
    """An operation or a shape with its parts: 'add', 'sin', 'bracket (]', 'list', 'relation <'."""

    head: str
    parts: tuple["Node", ...]


Node = Number | Name | Apply

CONSTANTS = frozenset(("pi", "e", "i", "inf"))
SHAPES = frozenset(
    ("list", "bracket", "set", "union", "matrix", "relation", "base", "unit", "text")
)
"""First words of heads that are no scalar."""


def shape(node: Node) -> str:
    """The first word of a shape's head; '' for a scalar."""
    word = node.head.partition(" ")[0] if isinstance(node, Apply) else ""
    return word if word in SHAPES else ""


def names_in(node: Node) -> set[str]:
    """The variables of a tree."""
    if isinstance(node, Name):
        return {node.name} - CONSTANTS
    return set().union(*map(names_in, node.parts)) if isinstance(node, Apply) else set()


def heads_in(node: Node) -> set[str]:
    """The operations of a tree."""
    if not isinstance(node, Apply):
        return set()
    return {node.head}.union(*map(heads_in, node.parts))
