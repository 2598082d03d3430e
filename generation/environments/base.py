"""What an environment is: a task, tools to act with, a state, and a program that checks the end.

The model sees `task`, `tools` and the text that `call` returns or the text of a `ToolError`. It
never sees `state`, `succeeded` or `oracle`.
"""

from dataclasses import dataclass
from typing import Any, Protocol

Call = tuple[str, dict[str, object]]
"""A tool's name and its arguments."""


class ToolError(ValueError):
    """A call was refused or failed; its text is what the model sees as the tool's result."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One thing a model can do."""

    name: str
    description: str
    parameters: dict[str, Any]
    """JSON Schema of the arguments, made by `schema.object_schema`."""
    reads: bool = False
    """True where a call changes nothing and gives the same result when it is repeated."""

    def schema(self) -> dict[str, Any]:
        """The tool in the form of the OpenAI chat API."""
        function = {
            "name": self.name,
            "description": self.description,
            "parameters": self.parameters,
        }
        return {"type": "function", "function": function}


@dataclass(frozen=True, slots=True)
class Oracle:
    """A solution: the calls in order, and the final answer."""

    calls: tuple[Call, ...]
    final: str


def make_call(tool: str, /, **arguments: object) -> Call:
    """A call in the form that a solution lists it."""
    return tool, arguments


class Environment(Protocol):
    """A small world with one task in it."""

    @property
    def name(self) -> str:
        """Which kind of world this is, a key of `ENVIRONMENTS`."""

    @property
    def tools(self) -> tuple[Tool, ...]:
        """What the model can do."""

    @property
    def task(self) -> str:
        """What is asked of the model, in natural words."""

    def call(self, name: str, arguments: dict[str, object]) -> str:
        """The tool's result; raises ToolError, and nothing else, whatever the model sent."""

    def state(self) -> str:
        """The state as canonical JSON: equal texts are equal states."""

    def succeeded(self, final: str) -> bool:
        """Whether the state is the one asked for and `final`, the last reply, answers the task."""

    def oracle(self) -> Oracle:
        """A solution that begins where the environment was made."""

    def close(self) -> None:
        """Let go of what the environment holds; may be called twice."""
