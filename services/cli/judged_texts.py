"""Texts and conversations as they stand in people's files, as the turns that judges read.

A column may hold a text, a list of {role, content}, or, for tools, OpenAI's form of turns. What
cannot be read is a ValueError that says what is wrong; the row's reader names the row.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from ingot.records import Message, ToolCall, Turn

Turns = tuple[Message, ...]
ROLES = ("system", "user", "assistant", "tool")


def read_turns(value: Any, what: str, role: str) -> Turns:
    """A text as one turn of this role, or a list of turns; an answer may be empty, a prompt not."""
    if isinstance(value, str):
        if role == "user" and not value.strip():
            raise ValueError(f"{what} is empty")
        return (Message.model_validate({"role": role, "content": value}),)
    if not isinstance(value, Sequence) or not value:
        raise ValueError(f"{what} is {_named(value)}, not a text or a list of messages")
    return tuple(_message(each, f"{what}[{place}]") for place, each in enumerate(value))


def read_run(value: Any, what: str) -> tuple[Turn, ...]:
    """An agent's turns with their tool calls, ours or OpenAI's."""
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise ValueError(f"{what} is {_named(value)}, not a list of messages")
    return tuple(_turn(each, f"{what}[{place}]") for place, each in enumerate(value))


def split_answer(turns: Turns, what: str) -> tuple[Turns, Turns]:
    """A conversation as the request and its last answer."""
    if len(turns) < 2 or turns[-1].role != "assistant":
        raise ValueError(f"{what} is no conversation that ends with the assistant's answer")
    return turns[:-1], turns[-1:]


def without_prompt(turns: Turns, prompt: Turns) -> Turns:
    """An answer that repeats the request before it, without the request."""
    return turns[len(prompt) :] if turns[: len(prompt)] == prompt and turns != prompt else turns


def shared_start(one: Turns, other: Turns) -> Turns:
    """The turns with which both conversations begin."""
    count = 0
    while count < min(len(one), len(other)) - 1 and one[count] == other[count]:
        count += 1
    return one[:count]


def _message(value: Any, what: str) -> Message:
    role, content = _fields(value, what)
    if content is None:
        raise ValueError(f"{what} has no text as its content")
    return Message.model_validate({"role": role, "content": content})


def _turn(value: Any, what: str) -> Turn:
    role, content = _fields(value, what)
    calls = [_call(each, f"{what}.tool_calls") for each in value.get("tool_calls") or ()]
    if content is None and not calls:
        raise ValueError(f"{what} has neither content nor tool calls")
    return Turn(
        role=role,
        content=content or "",
        tool_calls=tuple(calls),
        tool_call_id=str(value.get("tool_call_id") or ""),
    )


def _fields(value: Any, what: str) -> tuple[Any, str | None]:
    """Role and content; the content is None where there is no text."""
    if not isinstance(value, Mapping) or value.get("role") not in ROLES:
        raise ValueError(f"{what} is {_named(value)}, not a message with a role of {ROLES}")
    content = value.get("content")
    if content is not None and not isinstance(content, str):
        raise ValueError(f"{what}: content is {_named(content)}, not a text")
    return value["role"], content


def _call(value: Any, what: str) -> ToolCall:
    if not isinstance(value, Mapping):
        raise ValueError(f"{what} holds what is {_named(value)}, not a call")
    function = value.get("function") or value
    arguments = function.get("arguments") if isinstance(function, Mapping) else None
    name = function.get("name") if isinstance(function, Mapping) else None
    if not isinstance(name, str):
        raise ValueError(f"{what} holds a call without a name")
    if not isinstance(arguments, str):
        arguments = orjson.dumps(
            arguments or {}, default=str, option=orjson.OPT_NON_STR_KEYS
        ).decode()
    return ToolCall(id=str(value.get("id") or ""), name=name, arguments=arguments)


def _named(value: Any) -> str:
    if value is None:
        return "missing"
    return f"of type {type(value).__name__}"
