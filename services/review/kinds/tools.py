"""The tools that an agent had, in the OpenAI form: JSON that is bounded and can be stored."""

import math
import re
from collections.abc import Iterable
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, BeforeValidator, Field, JsonValue

DEPTH = 16
"""Most levels of one tool's description."""
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_INTEGERS = range(-(2**53), 2**53 + 1)


def _parsed(value: object) -> object:
    """Records hold tools as JSON text."""
    return orjson.loads(value) if isinstance(value, str) else value


def _plain(tools: tuple[dict[str, JsonValue], ...]) -> tuple[dict[str, JsonValue], ...]:
    level: list[Any] = list(tools)
    for _ in range(DEPTH):
        level = [part for value in level for part in _parts(value)]
        for value in level:
            _require_storable(value)
    if level:
        raise ValueError(f"a tool is nested deeper than {DEPTH} levels: make it flatter")
    return tools


def _parts(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return (*value.keys(), *value.values())
    return value if isinstance(value, list) else ()


def _require_storable(value: Any) -> None:
    if isinstance(value, str) and _UNSTORABLE.search(value):
        raise ValueError("a tool holds a NUL character or half of a surrogate pair: remove it")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a tool holds a number that is not finite: remove it")
    if isinstance(value, int) and value not in _INTEGERS:
        raise ValueError("a tool holds a number beyond 2**53: write it as text")


Tools = Annotated[
    tuple[dict[str, JsonValue], ...],
    BeforeValidator(_parsed),
    AfterValidator(_plain),
    Field(max_length=128),
]
