"""How a model is asked for the next call of a tool, and how its answer is read.

prompted: the tools are described in words and the answer is held to a JSON schema, so any model can
act and none can name a tool or argument that is not there. native: the model gets the tools in the
OpenAI form and calls them as it was trained to. A run is recorded in the same form either way.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import orjson

from generation.environments.base import Tool
from generation.environments.schema import object_schema
from generation.flow.item import Drop, assistant, json_schema, system, user
from generation.ingredients.agent_run import make_call
from ingot.engine import Generated
from ingot.records import Message, Turn

FORMAT = """\
Each of your replies is one JSON object and nothing else. To call a tool, reply
{call}
To end, when the task is done or cannot be done, reply
{{"final": "<what you say at the end>"}}

The tools:
{tools}"""
CALL = '{"tool": "<its name>", "arguments": {<its arguments>}}'
CALL_WITH_THOUGHT = f'{{"thought": "<one sentence: why this call>", {CALL[1:]}'
MAX_ARGUMENT = 500
"""Characters of a text argument; the tasks need fewer than 150."""
MAX_FINAL = 1_000
MAX_THOUGHT = 300


class Speech(Protocol):
    """One way to talk about tools."""

    @property
    def options(self) -> Mapping[str, Any]:
        """Further fields of each request."""
        ...

    def view(self, turns: Sequence[Turn]) -> Sequence[Message]:
        """The run as the model is shown it."""
        ...

    def read(self, said: Generated, made: int) -> Turn:
        """The assistant's turn, with calls or as the last reply; `made` calls came before it.

        Drops as 'cut_off', 'malformed' or 'empty'.
        """
        ...


class Native:
    """Calls as the model was trained to make them."""

    def __init__(self, tools: Sequence[Tool]) -> None:
        listed = orjson.dumps([tool.schema() for tool in tools]).decode()
        self.options = {"tools": listed}

    def view(self, turns: Sequence[Turn]) -> Sequence[Message]:
        """The turns as they are."""
        return turns

    def read(self, said: Generated, made: int) -> Turn:
        """The wished calls, under our ids; an answer without any is the last reply."""
        _refuse_cut(said)
        calls = tuple(
            make_call(made + place, wish.name, _read_object(wish.arguments))
            for place, wish in enumerate(said.tool_calls)
        )
        text = said.text.strip()
        if not (calls or text):
            raise Drop("empty")
        return Turn(role="assistant", content=text, tool_calls=calls)


class Prompted:
    """One JSON object for each turn."""

    def __init__(self, tools: Sequence[Tool], *, thoughts: bool) -> None:
        described = "\n".join(_describe(tool) for tool in tools)
        call = CALL_WITH_THOUGHT if thoughts else CALL
        self._format = FORMAT.format(call=call, tools=described)
        self.options = {"structured": json_schema(_schema(tools, thoughts=thoughts))}

    def view(self, turns: Sequence[Turn]) -> Sequence[Message]:
        """Calls as the JSON that asks for them, results as what the user says."""
        return [self._show(turn) for turn in turns]

    def _show(self, turn: Turn) -> Message:
        if turn.role == "system":
            rules, _, session = turn.content.rpartition("\n\n")
            return system(f"{rules}\n{self._format}\n\n{session}")
        if turn.role == "tool":
            return user(f"Result:\n{turn.content}")
        return assistant(show_calls(turn)) if turn.tool_calls else turn

    def read(self, said: Generated, made: int) -> Turn:
        """The object's call, or its last reply."""
        _refuse_cut(said)
        found = _read_object(said.text[said.text.find("{") : said.text.rfind("}") + 1])
        final, name, arguments = (found.get(key) for key in ("final", "tool", "arguments"))
        if isinstance(name, str) and isinstance(arguments, dict):
            thought = found.get("thought")
            content = thought.strip() if isinstance(thought, str) else ""
            calls = (make_call(made, name, arguments),)
            return Turn(role="assistant", content=content, tool_calls=calls)
        if not isinstance(final, str):
            raise Drop("malformed")
        if not final.strip():
            raise Drop("empty")
        return Turn(role="assistant", content=final.strip())


def show_calls(turn: Turn) -> str:
    """The calls of a turn as a prompted model writes them, one on a line."""
    thought = {"thought": turn.content} if turn.content else {}
    return "\n".join(
        orjson.dumps(
            thought | {"tool": call.name, "arguments": orjson.loads(call.arguments)}
        ).decode()
        for call in turn.tool_calls
    )


def _describe(tool: Tool) -> str:
    """A tool on a line: name, purpose, arguments."""
    fields: dict[str, dict[str, Any]] = tool.parameters["properties"]
    arguments = "; ".join(f"{name} ({f['type']}): {f['description']}" for name, f in fields.items())
    return f"- {tool.name}: {tool.description} Arguments: {arguments or 'none'}."


def _schema(tools: Sequence[Tool], *, thoughts: bool) -> dict[str, Any]:
    """A call of one of the tools with its own arguments, or the last reply."""
    thought = {"thought": {"type": "string", "maxLength": MAX_THOUGHT}} if thoughts else {}
    calls = [
        object_schema(**thought, tool={"const": tool.name}, arguments=_bounded(tool.parameters))
        for tool in tools
    ]
    return {"anyOf": [*calls, object_schema(final={"type": "string", "maxLength": MAX_FINAL})]}


def _bounded(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The tool's parameters with texts of limited length: a weak model writes without end."""
    limit = {"maxLength": MAX_ARGUMENT}
    fields = {
        name: rule | (limit if rule["type"] == "string" else {})
        for name, rule in parameters["properties"].items()
    }
    return object_schema(**fields)


def _refuse_cut(said: Generated) -> None:
    if said.finish_reason == "length":
        raise Drop("cut_off")


def _read_object(text: str) -> dict[str, Any]:
    try:
        found = orjson.loads(text)
    except ValueError as error:
        raise Drop("malformed") from error
    if not isinstance(found, dict):
        raise Drop("malformed")
    return found
