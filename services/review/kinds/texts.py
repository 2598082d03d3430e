"""Texts, numbers and turns as they come from outside: bounded, and fit for PostgreSQL's json."""

from typing import Annotated

from pydantic import AfterValidator, FailFast, Field, Strict, StringConstraints

from ingot.records import ToolCall, Turn

MESSAGE_CHARS = 400_000
"""Most characters of one turn."""
ITEM_CHARS = 1_000_000
"""Most characters of all that a person is shown at once."""


def _no_null(text: str) -> str:
    if "\x00" in text:
        raise ValueError("the text holds a NUL character: remove it")
    return text


_NoNull = AfterValidator(_no_null)
Word = Annotated[str, StringConstraints(min_length=1, max_length=80), _NoNull]
"""A name of something."""
Text = Annotated[str, StringConstraints(max_length=10_000), _NoNull]
"""What somebody says about something."""
LongText = Annotated[str, StringConstraints(max_length=100_000), _NoNull]
"""What somebody writes as a part of the data."""
Content = Annotated[str, StringConstraints(max_length=MESSAGE_CHARS), _NoNull]
"""What a turn says."""
Int = Annotated[int, Strict()]
"""A whole number, and no text or truth value that looks like one."""
Score = Annotated[int, Strict(), Field(ge=-10, le=10)]
Position = Annotated[int, Strict(), Field(ge=0, lt=1_000)]
"""Counted from 0."""
Truth = Annotated[bool, Strict()]


class Called(ToolCall):
    """A tool call that a person reads."""

    id: Text
    name: Text
    arguments: Content


class Said(Turn):
    """A turn that a person reads."""

    content: Content
    tool_calls: Annotated[tuple[Called, ...], FailFast(), Field(max_length=100)] = ()
    tool_call_id: Text = ""


Conversation = Annotated[tuple[Said, ...], FailFast(), Field(min_length=1, max_length=1_000)]
"""At least one turn."""
