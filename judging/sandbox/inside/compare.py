"""Whether a result is the expected JSON value."""

import json
import math

from judging.sandbox.inside.remote import Opaque, Remote

TOLERANCE = 1e-9
"""Relative and absolute, for floats only: sums in another order differ by less."""


def same(found: object, expected: object) -> bool:
    """Compare as JSON does: a tuple is a list, a key is a text, true is not 1.

    Raises:
        Opaque: for a result that JSON cannot say.
    """
    if type(found) is Remote or isinstance(found, (set, frozenset, bytes, complex, range)):
        raise Opaque("the result is nothing that JSON can say")
    if isinstance(expected, dict):
        return isinstance(found, dict) and _same_dicts(found, expected)
    if isinstance(expected, list):
        if not isinstance(found, (list, tuple)) or len(found) != len(expected):
            return False
        return all(same(a, b) for a, b in zip(found, expected, strict=True))
    if isinstance(expected, bool) or isinstance(found, bool) or not isinstance(expected, float):
        return _same_scalars(found, expected)
    return isinstance(found, (int, float)) and _close(found, expected)


def _same_scalars(found: object, expected: object) -> bool:
    if isinstance(found, float) and type(expected) is int:
        return _close(found, expected)
    return isinstance(found, bool) == isinstance(expected, bool) and found == expected


def _close(a: float, b: float) -> bool:
    try:
        return math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    except OverflowError:  # an integer that no float can hold
        return False


def _same_dicts(found: dict[object, object], expected: dict[str, object]) -> bool:
    keyed = {key if isinstance(key, str) else _spell(key): value for key, value in found.items()}
    if len(keyed) != len(found) or keyed.keys() != expected.keys():
        return False
    return all(same(keyed[key], expected[key]) for key in expected)


def _spell(key: object) -> str:
    """A key as json.dumps writes it."""
    if key is None or isinstance(key, (bool, int, float)):
        return json.dumps(key)
    raise Opaque("the result has a key that JSON cannot say")
