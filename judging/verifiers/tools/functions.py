"""The functions that a model may call, with the types of their parameters."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from judging.verifiers.references import UnusableReferenceError
from judging.verifiers.tools.calls import ToolCall

_NUMBER, _INTEGER = "number", "integer"
_TYPES = {
    "dict": "object", "object": "object", "hashmap": "object",
    "float": _NUMBER, "double": _NUMBER, "number": _NUMBER,
    "int": _INTEGER, "integer": _INTEGER, "long": _INTEGER, "short": _INTEGER, "byte": _INTEGER,
    "str": "string", "string": "string", "char": "string",
    "bool": "boolean", "boolean": "boolean",
    "list": "array", "array": "array", "tuple": "array", "arraylist": "array",
}  # fmt: skip
"""JSON Schema's types and those that BFCL takes from Python, Java and JavaScript."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function by its schema."""

    name: str
    properties: Mapping[str, Any]
    required: tuple[str, ...]


def read_functions(data: Any) -> dict[str, Function]:
    """Functions by name, from a list of schemas, with or without OpenAI's wrapper.

    Raises:
        UnusableReferenceError: names what is no schema.
    """
    if not isinstance(data, list):
        raise UnusableReferenceError("'functions' is no list")
    functions = [_read_one(item) for item in data]
    return {function.name: function for function in functions}


def find_function(call: ToolCall, functions: Mapping[str, Function]) -> Function | None:
    """The function that a call names; interfaces without dots in names write underscores."""
    if call.name in functions:
        return functions[call.name]
    alike = [f for f in functions.values() if f.name.replace(".", "_") == call.name]
    return alike[0] if len(alike) == 1 else None


def find_fault(call: ToolCall, function: Function) -> str:
    """What a call breaks of the function's schema; '' where it breaks nothing."""
    for name in function.required:
        if name not in call.arguments:
            return f"{name} is missing"
    for name, value in call.arguments.items():
        if name not in function.properties:
            return f"{name} is no parameter"
        if not fits(value, function.properties[name]):
            return f"{name} is of another type"
    return ""


def fits(value: Any, schema: Any) -> bool:
    """Whether a value is of its parameter's type; unknown types take everything."""
    kind = kind_of(schema)
    match kind:
        case "string":
            return isinstance(value, str) and _is_listed(value, schema)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "object":
            return isinstance(value, dict)
        case "array":
            items = schema.get("items") or {}
            return isinstance(value, list) and all(fits(item, items) for item in value)
    return True


def kind_of(schema: Any) -> str:
    """The type in JSON Schema's words; '' where there is none."""
    kind = schema.get("type") if isinstance(schema, dict) else None
    return _TYPES.get(kind.lower(), "") if isinstance(kind, str) else ""


def _is_listed(value: str, schema: Mapping[str, Any]) -> bool:
    listed = schema.get("enum")
    return not isinstance(listed, list) or value in listed


def _read_one(item: Any) -> Function:
    if isinstance(item, dict) and isinstance(item.get("function"), dict):
        item = item["function"]
    if not isinstance(item, dict) or not isinstance(item.get("name"), str):
        raise UnusableReferenceError("a function without a name")
    parameters = item.get("parameters") or {}
    properties = parameters.get("properties") or {} if isinstance(parameters, dict) else None
    required = parameters.get("required") or [] if isinstance(parameters, dict) else None
    if not isinstance(properties, dict) or not isinstance(required, list):
        raise UnusableReferenceError(f"{item['name'][:50]} has no parameters")
    return Function(item["name"], properties, tuple(map(str, required)))
