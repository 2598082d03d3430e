"""Tool calls as models write them, read from a text.

Three forms are known: `<tool_call>{...}</tool_call>`, JSON as in the OpenAI interface, and a list
of Python calls such as `[f(a=1), g(b="x")]`. Nothing is run: Python arguments are literals.
"""

import ast
import json
import keyword
import re
from dataclasses import dataclass
from typing import Any

from judging.verifiers.references import load_json

MAX_TEXT_CHARS = 100_000
MAX_CALLS = 50

_TAGGED = re.compile(r"<tool_call>(.*?)</tool_call>", re.DOTALL)
_FENCE = re.compile(r"```[ \t]*(?:json|python|py|tool_code|tool_call)?[ \t]*\n(.*?)```", re.DOTALL)
_PYTHON = re.compile(r"\[?\s*[A-Za-z_][\w.]{0,200}\(")
_RESERVED = re.compile(rf"(?<=[(,\s])({'|'.join(keyword.kwlist)})(?=\s*=(?!=))")
_MARK = "reserved_word_"
"""Put before a parameter named like a word of Python, such as `from`, which no parser takes."""
_TRACES = ("tool_call", "<function", "function_call", '"arguments"', "<invoke")
_ARGUMENTS = ("arguments", "parameters", "args", "kwargs")


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call."""

    name: str
    arguments: dict[str, Any]


class UnreadableCallsError(ValueError):
    """A text that seems to call tools in a way nobody can read; the message says how."""


def read_calls(text: str) -> list[ToolCall]:
    """The calls of a completion, in order; none where it is a plain text.

    Raises:
        UnreadableCallsError: where it looks like calls but is none of the known forms.
    """
    if len(text) > MAX_TEXT_CHARS:
        raise UnreadableCallsError("too long a text")
    if "<tool_call>" in text:
        return _limit(_read_tagged(text))
    fences = [block.strip() for block in _FENCE.findall(text)]
    for block in [text.strip(), *fences]:
        if block[:1] in ("{", "[") and (calls := _read_json_block(block)) is not None:
            return _limit(calls)
        if _PYTHON.match(block) and (calls := _read_python(block)) is not None:
            return _limit(calls)
        if block.startswith("[") and _PYTHON.match(block):
            raise UnreadableCallsError("a list of calls that is no Python")
    if any(trace in text for trace in _TRACES):
        raise UnreadableCallsError("calls of an unknown form")
    return []


def read_json_calls(data: Any) -> list[ToolCall] | None:
    """The calls in JSON of the OpenAI form, or a plain list of them; None where it is none."""
    if isinstance(data, dict) and "tool_calls" in data:
        data = data["tool_calls"]
    items = data if isinstance(data, list) else [data]
    calls = [_read_one(item) for item in items]
    return None if any(call is None for call in calls) else [call for call in calls if call]


def _limit(calls: list[ToolCall]) -> list[ToolCall]:
    if len(calls) > MAX_CALLS:
        raise UnreadableCallsError(f"more than {MAX_CALLS} calls")
    return calls


def _read_tagged(text: str) -> list[ToolCall]:
    blocks = _TAGGED.findall(text)
    if not blocks or len(blocks) != text.count("<tool_call>"):
        raise UnreadableCallsError("a tool_call that is not closed")
    calls: list[ToolCall] = []
    for block in blocks:
        found = _read_json_block(block.strip())
        if not found:
            raise UnreadableCallsError("a tool_call that is no call in JSON")
        calls += found
    return calls


def _read_json_block(block: str) -> list[ToolCall] | None:
    try:
        data = load_json(block)
    except ValueError:
        return None
    return read_json_calls(data)


def _read_one(item: Any) -> ToolCall | None:
    """A call with its name and arguments, which may be JSON in a text; None for anything else."""
    if isinstance(item, dict) and isinstance(item.get("function"), dict):
        item = item["function"]
    if not isinstance(item, dict) or not isinstance(item.get("name"), str):
        return None
    given = next((item[key] for key in _ARGUMENTS if key in item), None)
    if isinstance(given, str):
        try:
            given = load_json(given)
        except ValueError as error:
            raise UnreadableCallsError("arguments that are no JSON") from error
    return ToolCall(item["name"], given) if isinstance(given, dict) else None


def _read_python(block: str) -> list[ToolCall] | None:
    """Calls in a list, one alone, or one a line; None for what is no Python."""
    marked = _RESERVED.sub(rf"{_MARK}\1", block)
    for source in (block, marked) if _MARK not in block else (block,):
        if (calls := _read_statements(source)) is not None:
            return calls
    return None


def _read_statements(source: str) -> list[ToolCall] | None:
    try:
        body = ast.parse(source).body
        nodes = [node.value for node in body if isinstance(node, ast.Expr)]
        if len(nodes) != len(body):
            return None
        if len(nodes) == 1 and isinstance(nodes[0], ast.List | ast.Tuple):
            nodes = nodes[0].elts
        return [_read_python_call(node) for node in nodes]
    except UnreadableCallsError:
        raise
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return None


def _read_python_call(node: ast.expr) -> ToolCall:
    if not isinstance(node, ast.Call):
        raise ValueError("no call")
    if node.args or any(given.arg is None for given in node.keywords):
        raise UnreadableCallsError("arguments without names")
    values = {str(given.arg): ast.literal_eval(given.value) for given in node.keywords}
    written = json.dumps({key.removeprefix(_MARK): value for key, value in values.items()})
    if _MARK in written:
        raise UnreadableCallsError("a reserved word inside a value")
    # By way of JSON a tuple becomes a list, and a set or bytes is refused.
    return ToolCall(ast.unparse(node.func).replace(" ", ""), json.loads(written))
