r"""Answers to trees, by recursive descent.

    answer   := part ((',' | ';') part)*            more than one part is a list
    part     := region (relation region)*  unit?
    region   := sum ('\cup' sum)*
    sum      := product (('+' | '-' | '\pm') product)*
    product  := factor (('\cdot' | '/' | nothing) factor)*

What has two readings has none here: `1/2x`, `1 000`, `\sqrt12`, a tuple with thousands.
"""

from fractions import Fraction

from judging.verifiers.math_exact.atoms import parse_factor, starts_factor
from judging.verifiers.math_exact.functions import RELATIONS, SHORTEST_UNIT, UNIT_WORDS
from judging.verifiers.math_exact.nodes import Apply, Node, Number, UnreadableError, shape
from judging.verifiers.math_exact.stream import Stream
from judging.verifiers.math_exact.tokens import END, tokenize
from judging.verifiers.numbers import normalise_unit

_TIMES = ("\\cdot", "\\times", "*")
_OVER = ("/", "\\div")
_CURRENCIES = ("$", "\\$", "€", "£", "¥")


def parse(text: str) -> Node:
    """The tree of a tidy text.

    Raises:
        UnreadableError: where it has no clear meaning.
    """
    stream = Stream(tokenize(text))
    if stream.peek is END:
        raise UnreadableError("nothing to read")
    node = parse_list(stream)
    if stream.peek is not END:
        raise UnreadableError(f"cannot read {stream.peek.text[:20]!r}")
    return node


def parse_list(stream: Stream) -> Node:
    """Parts between commas; one part stands for itself."""
    with stream.deeper():
        parts = [parse_part(stream)]
        while stream.take(",", ";"):
            parts.append(parse_part(stream))
    return parts[0] if len(parts) == 1 else Apply("list", tuple(parts))


def parse_part(stream: Stream) -> Node:
    """One answer: a scalar with its unit, a region, or a relation between them."""
    stream.take("\\approx")
    node = _parse_region(stream)
    chain: list[Node] = []
    while (sign := stream.peek.text) in RELATIONS:
        stream.pop()
        right = _parse_region(stream)
        chain.append(Apply(f"relation {RELATIONS[sign]}", (node, right)))
        node = right
    if len(chain) > 1:
        return Apply("relation chain", tuple(chain))
    return chain[0] if chain else node


def _parse_region(stream: Stream) -> Node:
    parts = [_parse_quantity(stream)]
    while stream.take("\\cup"):
        parts.append(_parse_quantity(stream))
    if stream.take(":"):
        return Apply("bracket ratio", (parts[-1], _parse_quantity(stream)))
    return parts[0] if len(parts) == 1 else Apply("union", tuple(parts))


def _parse_quantity(stream: Stream) -> Node:
    """A scalar with a currency before it or a unit behind it."""
    sign = stream.take("-") if stream.stands_before("$") or stream.stands_before("\\$") else ""
    currency = stream.take(*_CURRENCIES)
    node = parse_sum(stream)
    node = Apply("negate", (node,)) if sign else node
    unit = _parse_unit(stream) or currency.removeprefix("\\")
    if not unit and (angle := _without_degree(node)):
        node, unit = angle, "degree"
    return Apply(f"unit {normalise_unit(unit)}", (node,)) if unit else node


def _without_degree(node: Node) -> Node | None:
    """The number of an angle such as -30 degrees; None for what is none."""
    if not isinstance(node, Apply):
        return None
    if node.head == "negate" and (inner := _without_degree(node.parts[0])):
        return Apply("negate", (inner,))
    return node.parts[0] if node.head == "degree" else None


def _parse_unit(stream: Stream) -> str:
    r"""Words and signs behind a scalar, such as `%`, `\text{cm}^2` or `square units`."""
    words: list[str] = []
    while True:
        token = stream.peek
        if token.kind == "text":
            words.append(token.text.partition("{")[2].rstrip("}"))
        elif token.text == "%" or (token.kind == "word" and is_unit_word(token.text)):
            words.append(token.text)
        elif token.text == "^" and words:
            stream.pop()
            words[-1] = words[-1].strip() + "^" + parse_power(stream)
            continue
        elif token.text == "/" and words:
            words.append("/")
        else:
            return " ".join(" ".join(words).split())
        stream.pop()


def parse_power(stream: Stream) -> str:
    """The digit of a unit's power."""
    braced = stream.take("{")
    digit = stream.pop().text
    if braced:
        stream.need("}")
    if digit not in ("2", "3"):
        raise UnreadableError("a unit with an odd power")
    return digit


def is_unit_word(word: str) -> bool:
    """Whether plain letters behind a number are a unit rather than variables."""
    return word in UNIT_WORDS or len(word) >= SHORTEST_UNIT


def parse_sum(stream: Stream) -> Node:
    """Products, added and subtracted."""
    with stream.deeper():
        node = _parse_product(stream)
        while sign := stream.take("+", "-", "\\pm", "\\mp"):
            right = _parse_product(stream)
            if sign in ("+", "-"):
                right = Apply("negate", (right,)) if sign == "-" else right
                node = Apply("add", (node, right))
            else:
                node = Apply("pm" if sign == "\\pm" else "mp", (node, right))
    return node


def _parse_product(stream: Stream) -> Node:
    """Factors; a product after a slash could be below it or behind it, so it is refused."""
    if stream.take("-"):  # the sign of the whole product: -1 1/2 is -(1 1/2)
        return Apply("negate", (_parse_product(stream),))
    node = parse_factor(stream, parse_list, parse_sum)
    divided = False
    while True:
        if stream.take(*_TIMES):
            node = Apply("multiply", (node, parse_factor(stream, parse_list, parse_sum)))
            divided = False
        elif stream.take(*_OVER):
            node = Apply("divide", (node, parse_factor(stream, parse_list, parse_sum)))
            divided = True
        elif starts_factor(stream):
            if divided:
                raise UnreadableError("a slash before a product")
            node = _join(node, parse_factor(stream, parse_list, parse_sum))
        else:
            return node


def _join(left: Node, right: Node) -> Node:
    """Two factors side by side: a product, or a mixed number such as 6 1/5."""
    whole = isinstance(left, Number) and left.value.denominator == 1 and not left.places
    if isinstance(right, Number) or shape(left) or shape(right):
        raise UnreadableError("numbers side by side")
    if whole and _is_plain_fraction(right):
        above, below = (_integer(part) for part in right.parts)  # type: ignore[union-attr]
        if above >= below:
            raise UnreadableError("a number before an improper fraction")
        return Apply("add", (left, right))
    return Apply("multiply", (left, right))


def _is_plain_fraction(node: Node) -> bool:
    r"""`\frac` of two whole numbers."""
    return (
        isinstance(node, Apply)
        and node.head == "divide"
        and all(isinstance(part, Number) and not part.places for part in node.parts)
    )


def _integer(node: Node) -> Fraction:
    return node.value if isinstance(node, Number) else Fraction(0)
