"""The tool calls in a model's answer, whichever of the common notations it was taught.

    Hermes, Qwen   <tool_call>{"name": ..., "arguments": {...}}</tool_call>, repeated
    Llama 3        {"name": ..., "parameters": {...}} as the whole answer, several split by ';';
                   or behind <|python_tag|>
    Mistral        [TOOL_CALLS] [{"name": ..., "arguments": {...}}, ...]
                   or [TOOL_CALLS]name[ARGS]{...}, repeated

What a model writes is hostile input: what cannot be read as a call stays text, nothing is raised.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ingot.records import ToolCall

_HERMES = re.compile(r"<tool_call>(.*?)(?:</tool_call>|(?=<tool_call>)|\Z)", re.DOTALL)
_PYTHON_TAG = "<|python_tag|>"
_MISTRAL = "[TOOL_CALLS]"
_MISTRAL_NAMED = re.compile(
    r"\s*(?:\[TOOL_CALLS\])?\s*([\w.-]{1,128})(?:\[CALL_ID\]\w+)?(?:\[ARGS\])?\s*(?={)"
)
_BETWEEN = re.compile(r"[\s;]*")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Spoken:
    """An answer taken apart: what it says, and what it wants called."""

    text: str
    calls: tuple[ToolCall, ...] = ()


def parse_tool_calls(text: str) -> Spoken:
    """Take the calls out of an answer that still has its special tokens."""
    if "<tool_call>" in text:
        return _parse_hermes(text)
    if _MISTRAL in text:
        said, _, written = text.partition(_MISTRAL)
        calls = _read_all(written) or _read_named(written)
    else:
        said, tag, written = text.partition(_PYTHON_TAG)
        if not tag:
            said, written = "", text
        calls = _read_all(written)
    return Spoken(said.strip(), _number(calls)) if calls else Spoken(text)


def read_answer(tokenizer: Any, tokens: Sequence[int], text: str, stops: Sequence[str]) -> Spoken:
    """The same for generated tokens; `text` is their text without special tokens.

    Some notations begin with a special token, so the tokens are decoded again with these.
    """
    ids = list(tokens)
    if ids and ids[-1] in tokenizer.all_special_ids:
        ids.pop()  # the end of the turn
    whole = tokenizer.decode(ids, skip_special_tokens=False)
    cut = min((whole.index(stop) for stop in stops if stop in whole), default=len(whole))
    spoken = parse_tool_calls(whole[:cut])
    return spoken if spoken.calls else Spoken(text)


def _parse_hermes(text: str) -> Spoken:
    calls, rest, end = [], [], 0
    for block in _HERMES.finditer(text):
        inner = _read_all(block[1])
        rest.append(text[end : block.start() if inner else block.end()])
        end = block.end()
        calls += inner
    return Spoken("".join([*rest, text[end:]]).strip(), _number(calls)) if calls else Spoken(text)


def _read_all(written: str) -> list[ToolCall]:
    """JSON calls one after the other or in lists, up to the end; [] where anything else is."""
    calls: list[ToolCall] = []
    position = _BETWEEN.match(written).end()  # type: ignore[union-attr]  # matches the empty text
    while position < len(written):
        found, position = _read_value(written, position)
        for value in found if isinstance(found, list) else [found]:
            call = _as_call(value)
            if call is None:
                return []
            calls.append(call)
        position = _BETWEEN.match(written, position).end()  # type: ignore[union-attr]
    return calls


def _read_named(written: str) -> list[ToolCall]:
    """Mistral's newer form: the name before its arguments."""
    calls: list[ToolCall] = []
    position = 0
    while named := _MISTRAL_NAMED.match(written, position):
        arguments, position = _read_value(written, named.end())
        call = _as_call({"name": named[1], "arguments": arguments})
        if call is None:
            return []
        calls.append(call)
    return [] if written[position:].strip() else calls


def _read_value(written: str, position: int) -> tuple[Any, int]:
    """The JSON value that begins there and where it ends; (None, end of the text) if none does."""
    try:
        _, end = _DECODER.raw_decode(written, position)
        # orjson refuses what could not be written again: NaN, lone surrogates, endless nesting.
        return orjson.loads(written[position:end]), end
    except (ValueError, RecursionError):
        return None, len(written)


def _as_call(value: Any) -> ToolCall | None:
    """Read one call; its id is given later."""
    if not isinstance(value, dict) or not isinstance(value.get("name"), str) or not value["name"]:
        return None
    arguments = value.get("arguments", value.get("parameters", {}))
    if isinstance(arguments, str):  # written twice as JSON, as the OpenAI form has it
        arguments, _ = _read_value(arguments, 0)
    if not isinstance(arguments, dict):
        return None
    canonical = orjson.dumps(arguments, option=orjson.OPT_SORT_KEYS).decode()
    return ToolCall(id="", name=value["name"], arguments=canonical)


def _number(calls: Sequence[ToolCall]) -> tuple[ToolCall, ...]:
    return tuple(call.model_copy(update={"id": f"call_{n}"}) for n, call in enumerate(calls))
