"""The arguments of a call: JSON Schemas of the tools, and the check of what a model sent.

Arguments are hostile input. The check knows the part of JSON Schema that the tools use (an object
of required strings and integers) and adds limits that hold for every tool: nothing long, no control
characters, no halves of surrogate pairs (JSON can smuggle them in, no encoder takes them).
"""

import re
from typing import Any

from generation.environments.base import Tool, ToolError

MAX_CHARACTERS = 2_000
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_SHOWN = 60


def text_field(description: str) -> dict[str, Any]:
    """An argument that is a text."""
    return {"type": "string", "description": description}


def whole_field(description: str, *, minimum: int, maximum: int) -> dict[str, Any]:
    """An argument that is a whole number."""
    limits = {"minimum": minimum, "maximum": maximum}
    return {"type": "integer", "description": description, **limits}


def object_schema(**fields: dict[str, Any]) -> dict[str, Any]:
    """The schema of a call's arguments; every field is required and no other is allowed."""
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def find_tool(tools: tuple[Tool, ...], name: object) -> Tool:
    """The tool of this name; raises ToolError that lists what there is."""
    for tool in tools:
        if tool.name == name:
            return tool
    known = ", ".join(tool.name for tool in tools)
    raise ToolError(f"there is no tool {_show(name)}: use one of {known}")


def check_arguments(tool: Tool, arguments: object) -> dict[str, object]:
    """The arguments as the tool takes them; raises ToolError for what breaks its schema."""
    if not isinstance(arguments, dict):
        raise ToolError(f"{tool.name} takes a JSON object, not {_show(arguments)}")
    fields: dict[str, dict[str, Any]] = tool.parameters["properties"]
    for name in arguments:
        if name not in fields:
            raise ToolError(f"{tool.name} has no argument {_show(name)}: {_listing(fields)}")
    for name in fields:
        if name not in arguments:
            raise ToolError(f"{tool.name} needs the argument '{name}': {_listing(fields)}")
    return {name: _check_value(name, arguments[name], rule) for name, rule in fields.items()}


def _check_value(name: str, value: object, rule: dict[str, Any]) -> str | int:
    if rule["type"] == "string":
        return _check_text(name, value)
    return _check_whole(name, value, rule["minimum"], rule["maximum"])


def _check_text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise ToolError(f"'{name}' must be a string, not {_show(value)}")
    if len(value) > MAX_CHARACTERS:
        raise ToolError(f"'{name}' is {len(value)} characters long: at most {MAX_CHARACTERS}")
    if _UNPRINTABLE.search(value):
        raise ToolError(f"'{name}' holds characters that cannot be printed: leave them out")
    return value


def _check_whole(name: str, value: object, minimum: int, maximum: int) -> int:
    whole = isinstance(value, int | float) and not isinstance(value, bool)
    # The limits come first: NaN and infinity fail them, and int() of what is left cannot fail.
    if not (whole and isinstance(value, int | float) and minimum <= value <= maximum):
        given = _show(value)
        raise ToolError(f"'{name}' must be a whole number {minimum} to {maximum}, not {given}")
    if value != int(value):  # JSON Schema counts 3.0 among the integers
        raise ToolError(f"'{name}' must be a whole number, not {_show(value)}")
    return int(value)


def _listing(fields: dict[str, dict[str, Any]]) -> str:
    return "it takes " + (", ".join(fields) or "no arguments")


def _show(value: object) -> str:
    """A short picture of hostile input; containers and huge numbers are only named."""
    if isinstance(value, str):
        return ascii(value[:_SHOWN])
    if isinstance(value, bool | float) or value is None:
        return repr(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 10**_SHOWN else "a number of that size"
    return f"a value of type {type(value).__name__}"
