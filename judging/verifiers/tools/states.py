"""Final states of an environment compared with what was to be reached."""

from typing import Any


def find_difference(found: Any, expected: Any, *, exact: bool, path: str = "state") -> str:
    """Where a state is not the expected one; '' where it is.

    An object may hold more keys than expected unless `exact`; lists have to be as long. Leaves are
    equal in value and kind: true is not 1, but 1 is 1.0.
    """
    if isinstance(expected, dict):
        return _compare_objects(found, expected, exact, path)
    if isinstance(expected, list):
        if not isinstance(found, list) or len(found) != len(expected):
            return f"{path} is another list"
        pairs = zip(found, expected, strict=True)
        inner = (
            find_difference(a, b, exact=exact, path=f"{path}[{index}]")
            for index, (a, b) in enumerate(pairs)
        )
        return next((difference for difference in inner if difference), "")
    return "" if _is_leaf_equal(found, expected) else f"{path} is {str(found)[:60]!r}"


def _compare_objects(found: Any, expected: dict[str, Any], exact: bool, path: str) -> str:
    if not isinstance(found, dict):
        return f"{path} is no object"
    if missing := expected.keys() - found.keys():
        return f"{path} has no {min(missing)[:60]!r}"
    if exact and (more := found.keys() - expected.keys()):
        return f"{path} has {min(more)[:60]!r} as well"
    inner = (
        find_difference(found[key], value, exact=exact, path=f"{path}.{key[:60]}")
        for key, value in expected.items()
    )
    return next((difference for difference in inner if difference), "")


def _is_leaf_equal(a: Any, b: Any) -> bool:
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    return (type(a) is type(b) and a == b) or (_is_number(a) and _is_number(b) and a == b)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)
