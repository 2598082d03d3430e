"""What is wrong with an item, an answer or a rubric, and where: each becomes a 422."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from ingot.errors import ReviewError


class Fault(ReviewError):
    """A text from outside that does not hold what its kind of work asks for."""

    status = 422

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(pointer, detail)
        self.pointer = pointer
        """JSON Pointer into the item, answer or rubric; '' is the whole."""
        self.detail = detail
        """What is wrong, the value, what to do."""

    def __str__(self) -> str:
        field = self.pointer.lstrip("/").replace("/", ".")
        return f"{field}: {self.detail}" if field else self.detail


class ItemFault(Fault):
    """An item cannot be shown as what its queue is for."""


class AnswerFault(Fault):
    """An answer does not fit the rubric."""


class RubricFault(Fault):
    """A rubric does not fit the queue's kind."""


def pointer(path: Sequence[str | int]) -> str:
    """A JSON Pointer (RFC 6901) to a field."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def first(error: ValidationError) -> tuple[str, str]:
    """Where the first fault is, and what it is."""
    fault = error.errors(include_url=False, include_context=False)[0]
    return pointer(fault["loc"]), _explain(fault)


def _explain(fault: Mapping[str, Any]) -> str:
    if fault["type"] == "extra_forbidden":
        return f"unknown field {str(fault['loc'][-1])[:80]!r}: remove it or check its spelling"
    message = str(fault["msg"]).removeprefix("Value error, ")
    value = fault["input"]
    plain = isinstance(value, str | bool) or (isinstance(value, int) and abs(value) < 10**12)
    return f"{message} (got {value!r:.80})" if plain else message
