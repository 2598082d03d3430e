"""What changed between two JSON objects, field by field."""

from collections.abc import Iterator, Mapping
from typing import Any

from ingot.records import Model


class Change(Model):
    """A field that is not what it was."""

    pointer: str
    """JSON Pointer."""
    before: Any = None
    """None where it is new."""
    after: Any = None
    """None where it is gone."""


def compare_fields(before: Any, after: Any, pointer: str = "") -> Iterator[Change]:
    """The fields that differ, in order; lists are compared by place."""
    old, new = _children(before), _children(after)
    if old is None or new is None:
        if before != after:
            yield Change(pointer=pointer, before=before, after=after)
        return
    for key in old | new:
        step = str(key).replace("~", "~0").replace("/", "~1")
        yield from compare_fields(old.get(key), new.get(key), f"{pointer}/{step}")


def _children(value: Any) -> dict[Any, Any] | None:
    if isinstance(value, Mapping):
        return dict(value)
    return dict(enumerate(value)) if isinstance(value, list | tuple) else None
