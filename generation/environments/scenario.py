"""A scenario: where a task starts and what solves it; and the base of the environments of one."""

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Generic, TypeVar

from generation.environments.answers import ANSWER_FORMAT, is_same, read_answer
from generation.environments.base import Call, Oracle, Tool
from generation.environments.schema import check_arguments, find_tool

S = TypeVar("S")


@dataclass(frozen=True, slots=True)
class Scenario(Generic[S]):
    """One drawn task.

    `goal` is worked out from `start` directly, never by making the calls, so that an environment
    whose tools are wrong fails its own oracle.
    """

    start: S
    task: str
    calls: tuple[Call, ...]
    answer: str
    goal: object
    """The state to be reached, JSON-like."""


class ScenarioEnvironment(ABC, Generic[S]):
    """Checks calls against the schemas and hands each to the method `_<tool>` of the subclass."""

    name: str
    tools: tuple[Tool, ...]

    def __init__(self, scenario: Scenario[S]) -> None:
        self.task = f"{scenario.task} {ANSWER_FORMAT}"
        self._scenario = scenario

    def call(self, name: str, arguments: dict[str, object]) -> str:
        """The tool's result; raises ToolError, and nothing else, whatever the model sent."""
        tool = find_tool(self.tools, name)
        result: str = getattr(self, f"_{tool.name}")(**check_arguments(tool, arguments))
        return result

    @abstractmethod
    def state(self) -> str:
        """The state as canonical JSON."""

    def succeeded(self, final: str) -> bool:
        """Whether the state is the goal and `final` holds the answer."""
        return self._is_reached() and is_same(read_answer(final), self._scenario.answer)

    def oracle(self) -> Oracle:
        """The scenario's own solution."""
        return Oracle(self._scenario.calls, f"Answer: {self._scenario.answer}")

    def close(self) -> None:
        """Nothing is held unless a subclass says so."""

    def _is_reached(self) -> bool:
        return self.state() == canonical(self._scenario.goal)


def canonical(state: object) -> str:
    """JSON with sorted keys; what JSON does not know is written as Python shows it."""
    return json.dumps(state, sort_keys=True, separators=(",", ":"), default=repr)
