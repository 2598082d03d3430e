"""Which calls are which of the expected ones, by the allowed values of each parameter.

The rules are those of the Berkeley Function Calling Leaderboard (BFCL): each parameter has a list
of allowed values, an empty text among them makes it optional, and texts are compared without case,
spaces and the signs , . / - _ * ^.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from judging.verifiers.tools.calls import ToolCall
from judging.verifiers.tools.functions import Function, find_function, kind_of

Expected = Mapping[str, Mapping[str, list[Any]]]
"""One call: its name and, for each parameter, the allowed values."""

_NO_MATTER = re.compile(r"[ ,./\-_*^]")
OPTIONAL = ""


def find_mismatch(
    calls: Sequence[ToolCall],
    expected: Sequence[Expected],
    functions: Mapping[str, Function],
    *,
    ordered: bool,
) -> str:
    """Why the calls are not the expected ones; '' where they are."""
    if len(calls) != len(expected):
        return f"{len(calls)} calls instead of {len(expected)}"
    faults = [[_fault(call, other, functions) for other in expected] for call in calls]
    if ordered or len(calls) == 1:
        own = [faults[index][index] for index in range(len(calls))]
        return next((fault for fault in own if fault), "")
    if _pair_all([[not fault for fault in row] for row in faults]):
        return ""
    hopeless = [min(row, key=len) for row in faults if all(row)]
    return hopeless[0] if hopeless else "two calls answer the same one"


def allows(value: Any, allowed: Any, *, integer: bool = False) -> bool:
    """Whether a value is the allowed one; an object's allowed values are lists again."""
    if isinstance(allowed, bool) or isinstance(value, bool) or allowed is None or value is None:
        return type(value) is type(allowed) and value == allowed
    if isinstance(allowed, str) or isinstance(value, str):
        return isinstance(value, str) and isinstance(allowed, str) and _same_text(value, allowed)
    if isinstance(allowed, list) and isinstance(value, list):
        pairs = zip(value, allowed, strict=False)
        return len(value) == len(allowed) and all(allows(a, b) for a, b in pairs)
    if isinstance(allowed, dict) and isinstance(value, dict):
        return _allows_object(value, allowed)
    if isinstance(allowed, int | float) and isinstance(value, int | float):
        return value == allowed and not (integer and isinstance(value, float))
    return False


def _fault(call: ToolCall, expected: Expected, functions: Mapping[str, Function]) -> str:
    """Why a call is not this one; '' where it is."""
    (name, parameters) = next(iter(expected.items()))
    function = find_function(call, functions)
    if function is None or function.name != name:
        return f"{call.name[:60]} is called instead of {name[:60]}"
    for required in function.required:
        if required not in call.arguments:
            return f"{required} is missing"
    for key, value in call.arguments.items():
        if key not in parameters:
            return f"{key[:60]} is not expected"
        integer = kind_of(function.properties.get(key)) == "integer"
        if not any(allows(value, item, integer=integer) for item in parameters[key]):
            return f"{key} has another value"
    for key, values in parameters.items():
        if key not in call.arguments and OPTIONAL not in values:
            return f"{key} is missing"
    return ""


def _allows_object(value: Mapping[str, Any], allowed: Mapping[str, Any]) -> bool:
    for key, item in value.items():
        values = allowed.get(key)
        choices = values if isinstance(values, list) else [values]
        if key not in allowed or not any(allows(item, choice) for choice in choices):
            return False
    missing = [allowed[key] for key in allowed if key not in value]
    return all(isinstance(values, list) and OPTIONAL in values for values in missing)


def _same_text(a: str, b: str) -> bool:
    return _plain(a) == _plain(b)


def _plain(text: str) -> str:
    return _NO_MATTER.sub("", text).casefold().replace("'", '"')


def _pair_all(fits: Sequence[Sequence[bool]]) -> bool:
    """Whether each row can have a column of its own (augmenting paths)."""
    owner: dict[int, int] = {}

    def place(row: int, seen: set[int]) -> bool:
        for column, fit in enumerate(fits[row]):
            if fit and column not in seen:
                seen.add(column)
                if column not in owner or place(owner[column], seen):
                    owner[column] = row
                    return True
        return False

    return all(place(row, set()) for row in range(len(fits)))
