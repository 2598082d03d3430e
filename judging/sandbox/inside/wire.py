"""Values between the tester and the program under test, as JSON that keeps Python's types apart.

Only plain data travels as what it is, so nothing that a program sends can run in the tester. What
is no plain data stays where it lives and travels as a reference, `["ref", number, type name]`.
"""

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

_EXACT = 2**53
"""Larger integers travel as text, which has no limit of digits in base 16."""
_SEQUENCES: dict[str, Callable[[list[object]], object]] = {
    "tuple": tuple,
    "list": list,
    "set": set,
    "frozenset": frozenset,
}


class Reference:
    """What stands for an object of the other side."""

    __slots__ = ()


def encode(value: object, refer: Callable[[object], list[object]]) -> object:
    """Write a value; `refer` writes, or refuses, what is no plain data.

    A subclass travels as the plain type that it extends, without the methods it changed.
    """
    if issubclass(type(value), Reference):  # isinstance would ask the reference itself
        return refer(value)
    if value is None or isinstance(value, (bool, float, str)):
        return value
    if isinstance(value, int):
        return value if -_EXACT < value < _EXACT else ["int", hex(value)]
    if isinstance(value, dict):
        return ["dict", [[encode(k, refer), encode(v, refer)] for k, v in dict.items(value)]]
    for tag, kind in _SEQUENCES.items():
        if isinstance(value, kind):  # type: ignore[arg-type]  # each is a type
            return [tag, [encode(item, refer) for item in value]]  # type: ignore[attr-defined]
    return _encode_rare(value) or refer(value)


def _encode_rare(value: object) -> list[object] | None:
    if isinstance(value, complex):
        return ["complex", value.real, value.imag]
    if isinstance(value, bytes):
        return ["bytes", value.hex()]
    if isinstance(value, range):
        return ["range", value.start, value.stop, value.step]
    if isinstance(value, Decimal):
        return ["Decimal", str(value)]
    if isinstance(value, Fraction):
        return ["Fraction", str(value)]
    return None


def decode(data: object, resolve: Callable[[int, str], object]) -> object:
    """Read a value; `resolve` turns a reference into what stands for it.

    Raises:
        ValueError, TypeError: for what `encode` does not write.
    """
    if not isinstance(data, list):
        return data
    match data:
        case ["int", str(digits)]:
            return int(digits, 16)
        case ["dict", list(pairs)]:
            return {decode(key, resolve): decode(value, resolve) for key, value in pairs}
        case [str(tag), list(items)] if tag in _SEQUENCES:
            return _SEQUENCES[tag]([decode(item, resolve) for item in items])
        case ["ref", int(number), str(name)]:
            return resolve(number, name)
    return _decode_rare(data)


def _decode_rare(data: list[object]) -> object:
    match data:
        case ["complex", float(real), float(imag)]:
            return complex(real, imag)
        case ["bytes", str(digits)]:
            return bytes.fromhex(digits)
        case ["range", int(start), int(stop), int(step)]:
            return range(start, stop, step)
        case ["Decimal", str(text)]:
            return Decimal(text)
        case ["Fraction", str(text)]:
            return Fraction(text)
    raise ValueError("not a value on the wire")
