"""Completions made of BFCL's ground truth: right ones in three forms, and damaged ones."""

import json
from collections.abc import Iterator
from typing import Any

Call = dict[str, dict[str, Any]]
FORMS = ("openai", "python", "tags")


def render_truth(possible: list[dict[str, dict[str, list[Any]]]]) -> list[Call]:
    """The calls of a ground truth with the first allowed value of each parameter."""
    return [
        {name: {key: _first(values) for key, values in parameters.items() if _first(values) != ""}}
        for call in possible
        for name, parameters in call.items()
    ]


def write(calls: list[Call], form: str) -> str:
    """Calls as a model would write them."""
    pairs = [next(iter(call.items())) for call in calls]
    if form == "python":
        return f"[{', '.join(_python(name, arguments) for name, arguments in pairs)}]"
    items = [{"name": name, "arguments": arguments} for name, arguments in pairs]
    if form == "tags":
        return "\n".join(f"<tool_call>{json.dumps(item)}</tool_call>" for item in items)
    functions = [
        {"type": "function", "function": {**item, "arguments": json.dumps(item["arguments"])}}
        for item in items
    ]
    return json.dumps({"role": "assistant", "content": None, "tool_calls": functions})


def damaged(calls: list[Call], functions: list[dict[str, Any]]) -> Iterator[tuple[str, list[Call]]]:
    """Name and calls of every damage that applies to the first call."""
    name, arguments = next(iter(calls[0].items()))
    rest = calls[1:]
    schema = next(f for f in functions if f["name"] == name)["parameters"]
    yield "unknown parameter", [{name: {**arguments, "no_such_parameter": 1}}, *rest]
    yield "extra call", [*calls, {name: arguments}]
    yield "wrong name", [{f"{name}_other": arguments}, *rest]
    yield "call left out", rest
    for required in schema.get("required", [])[:1]:
        if required in arguments:
            kept = {key: value for key, value in arguments.items() if key != required}
            yield "missing required", [{name: kept}, *rest]
    for key, value in list(arguments.items())[:1]:
        yield "wrong value", [{name: {**arguments, key: _other(value)}}, *rest]
        yield "wrong type", [{name: {**arguments, key: {"value": [value]}}}, *rest]


def _first(values: list[Any]) -> Any:
    """The first allowed value; objects hold lists of allowed values again."""
    value = next((item for item in values if item != ""), "")
    return _plain(value)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        firsts = {k: _first(v) if isinstance(v, list) else v for k, v in value.items()}
        return {key: item for key, item in firsts.items() if item != ""}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _other(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        return "neither"
    if isinstance(value, int | float):
        return value + 1_234
    if isinstance(value, str):
        return f"{value} quite another"
    return [*value, "one more"] if isinstance(value, list) else {**value, "one more": 1}


def _python(name: str, arguments: dict[str, Any]) -> str:
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in arguments.items())})"
