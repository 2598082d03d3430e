"""A request as the one text that the model reads: its messages in the model's own chat template.

A template is a program that somebody else wrote: whatever it raises belongs to the request, and the
failure names the template and the remedy.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any

import orjson

from ingot.engine import FailureKind, Request
from ingot.records import Message, ToolCall, Turn

SENTINEL = "INGOTUSERTURN"
"""Stands for the user's words where the text before and after them is wanted."""


class PromptError(ValueError):
    """A request that this model or engine cannot take; it fails alone."""

    def __init__(self, message: str, kind: FailureKind = "refused") -> None:
        super().__init__(message)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Ends:
    """What ends a turn beside the model's own end tokens."""

    ids: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()


NO_ENDS = Ends()


def prompt_text(tokenizer: Any, request: Request) -> str:
    """The text up to where the model goes on; raises PromptError where there can be none."""
    if request.prompt:
        return request.prompt + request.prefill
    messages = _template_form(request.messages)
    if request.turn == "user":
        return _around_user(tokenizer, messages, request.tools)[0] + request.prefill
    if not messages:
        raise PromptError("the request is empty: give it messages or a prompt")
    return _apply(tokenizer, messages, request.tools) + request.prefill


@lru_cache(maxsize=8)
def user_ends(tokenizer: Any) -> Ends:
    """What ends a user's turn: the first token of the markup behind it, or its text if it has none.

    Magpie stops where the user's turn ends (arXiv 2406.08464, section 2): a model that is not
    stopped there answers itself.
    """
    after = _around_user(tokenizer, [], "")[1].strip()
    if not after:
        return NO_ENDS
    first = tokenizer.encode(after, add_special_tokens=False)[0]
    if first in tokenizer.added_tokens_decoder:
        return Ends(ids=(first,))
    return Ends(texts=(after.splitlines()[0].strip(),))


def _around_user(tokenizer: Any, messages: list[dict[str, Any]], tools: str) -> tuple[str, str]:
    """The markup before and behind the words of a user who speaks next."""
    turns = [*messages, {"role": "user", "content": SENTINEL}]
    before, found, after = _apply(tokenizer, turns, tools).partition(SENTINEL)
    if not found:
        raise PromptError(
            f"{_named(tokenizer)} leaves out the user's words: give the pre-query text as `prompt`"
        )
    return before, after


def _apply(tokenizer: Any, messages: list[dict[str, Any]], tools: str) -> str:
    """Render; tools that leave no trace in the text are refused."""
    described = _read_tools(tools) if tools else None
    text = _render(tokenizer, messages, described)
    if described and text == _render(tokenizer, messages, None):
        raise PromptError(f"{_named(tokenizer)} ignores tools: use the 'prompted' tool protocol")
    return text


def _render(tokenizer: Any, messages: list[dict[str, Any]], tools: list[Any] | None) -> str:
    try:
        return _call_template(tokenizer, messages, tools)
    except Exception as error:
        raise PromptError(_diagnosis(tokenizer, messages, tools, error)) from error


def _call_template(tokenizer: Any, messages: list[dict[str, Any]], tools: list[Any] | None) -> str:
    text: str = tokenizer.apply_chat_template(
        messages, tools=tools, tokenize=False, add_generation_prompt=True
    )
    return text


def _diagnosis(
    tokenizer: Any, messages: list[dict[str, Any]], tools: list[Any] | None, error: Exception
) -> str:
    """What the template refuses, and what to do about it."""
    if not getattr(tokenizer, "chat_template", None):
        return (
            f"{tokenizer.name_or_path} has no chat template: put a chat_template.jinja into its "
            "folder, or ask with `prompt`"
        )
    if any(message["role"] == "system" for message in messages):
        others = [message for message in messages if message["role"] != "system"]
        try:
            _call_template(tokenizer, others, tools)
        except Exception:
            return _general_diagnosis(tokenizer, error)  # the system turn alone is not the cause
        return (
            f"{_named(tokenizer)} refuses a system turn ({error}): put its text into the first "
            "user turn"
        )
    return _general_diagnosis(tokenizer, error)


def _general_diagnosis(tokenizer: Any, error: Exception) -> str:
    return (
        f"{_named(tokenizer)} refuses these turns ({type(error).__name__}: {error}): change them, "
        "or ask with `prompt`"
    )


def _named(tokenizer: Any) -> str:
    return f"the chat template of {tokenizer.name_or_path}"


def _read_tools(tools: str) -> list[Any]:
    try:
        described = orjson.loads(tools)
    except ValueError as error:
        raise PromptError(f"tools are no JSON ({error}): give a JSON list") from error
    if not isinstance(described, list) or not all(isinstance(tool, dict) for tool in described):
        raise PromptError(f"tools are no JSON list of objects but {tools[:80]!r}")
    return described


def _template_form(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages as chat templates read them: tool calls nested, arguments as objects.

    Calls are numbered anew in nine letters and digits, the only ids that Mistral's templates take.
    """
    known: dict[str, dict[str, str]] = {}
    numbers = count()
    turns = []
    for message in messages:
        turn: dict[str, Any] = {"role": message.role, "content": message.content}
        if isinstance(message, Turn):
            if message.tool_call_id:
                call_id = message.tool_call_id
                turn |= known.get(call_id, {"tool_call_id": call_id})
            calls = [_call_form(call, f"call{next(numbers):05d}") for call in message.tool_calls]
            if calls:
                turn["tool_calls"] = calls
            for call, form in zip(message.tool_calls, calls, strict=True):
                known[call.id] = {"tool_call_id": form["id"], "name": call.name}
        turns.append(turn)
    return turns


def _call_form(call: ToolCall, number: str) -> dict[str, Any]:
    try:
        arguments = orjson.loads(call.arguments)
    except ValueError as error:
        raise PromptError(
            f"the arguments of the call {call.id!r} are no JSON: {call.arguments[:80]!r}"
        ) from error
    function = {"name": call.name, "arguments": arguments}
    return {"id": number, "type": "function", "function": function}
