"""Tools that fail now and then, as tools do: what a model must learn to notice and to mend.

A fault never changes the state and never touches a call whose arguments the tool refuses. Every
task stays solvable: a call that has just met a fault is let through when it is repeated, and the
same read is falsified once at most, so that two equal results are true.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Literal, get_args

from generation.environments.base import Environment, Oracle, Tool, ToolError
from generation.environments.scenario import canonical
from generation.environments.schema import check_arguments, find_tool
from ingot.errors import OrderError

FaultKind = Literal["error", "timeout", "wrong_result"]
KINDS: tuple[FaultKind, ...] = get_args(FaultKind)
_MESSAGES = {"error": "temporarily unavailable", "timeout": "timed out"}
_NUMBER = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Fault:
    """One failure that was injected."""

    step: int
    """Index of the call, from 0, refused ones included."""
    tool: str
    kind: FaultKind
    recovered: bool = False
    """Whether the same call was made again later and succeeded (for a wrong result: gave the true
    one)."""


class Faulty:
    """An environment whose calls fail at the given rates, deterministic in `rng`."""

    def __init__(self, environment: Environment, rng: Random, rates: Mapping[str, float]) -> None:
        _check_rates(rates)
        self._environment = environment
        self._rng = rng
        self._rates = [rates.get(kind, 0.0) for kind in KINDS]
        self._step = 0
        self._open: dict[str, list[int]] = {}
        """Call to the places in `events` of its faults that are not recovered."""
        self._due: set[str] = set()
        """Calls that met a fault when they were last made."""
        self._falsified: set[str] = set()
        self.events: list[Fault] = []

    @property
    def name(self) -> str:
        """Name of the environment inside."""
        return self._environment.name

    @property
    def tools(self) -> tuple[Tool, ...]:
        """Tools of the environment inside."""
        return self._environment.tools

    @property
    def task(self) -> str:
        """Task of the environment inside."""
        return self._environment.task

    def call(self, name: str, arguments: dict[str, object]) -> str:
        """The tool's result or a fault; raises ToolError, and nothing else."""
        step, kind = self._step, self._draw()
        self._step += 1
        tool = find_tool(self.tools, name)
        key = canonical([name, check_arguments(tool, arguments)])
        if kind is None or key in self._due:
            return self._pass(key, name, arguments)
        if kind == "wrong_result":
            return self._falsify(key, Fault(step, name, kind), tool, arguments)
        self._record(key, Fault(step, name, kind))
        raise ToolError(f"{name}: {_MESSAGES[kind]}")

    def state(self) -> str:
        """State of the environment inside."""
        return self._environment.state()

    def succeeded(self, final: str) -> bool:
        """Whether the environment inside is where it should be."""
        return self._environment.succeeded(final)

    def oracle(self) -> Oracle:
        """Solution without faults; a call that meets one is to be repeated."""
        return self._environment.oracle()

    def close(self) -> None:
        """Close the environment inside."""
        self._environment.close()

    def _draw(self) -> FaultKind | None:
        """One draw for each call, whatever becomes of it."""
        return self._rng.choices((*KINDS, None), (*self._rates, 1 - sum(self._rates)))[0]

    def _pass(self, key: str, name: str, arguments: dict[str, object]) -> str:
        self._due.discard(key)
        result = self._environment.call(name, arguments)
        for place in self._open.pop(key, []):
            self.events[place] = replace(self.events[place], recovered=True)
        return result

    def _falsify(self, key: str, fault: Fault, tool: Tool, arguments: dict[str, object]) -> str:
        result = self._pass(key, tool.name, arguments)
        altered = _alter(result, self._rng) if self._may_falsify(key, tool) else result
        if altered != result:
            self._falsified.add(key)
            self._record(key, fault)
        return altered

    def _may_falsify(self, key: str, tool: Tool) -> bool:
        return tool.reads and key not in self._falsified

    def _record(self, key: str, fault: Fault) -> None:
        self._due.add(key)
        self._open.setdefault(key, []).append(len(self.events))
        self.events.append(fault)


def _check_rates(rates: Mapping[str, float]) -> None:
    for kind, rate in rates.items():
        if kind not in KINDS:
            known = ", ".join(KINDS)
            raise OrderError(f"unknown fault {kind!r}: choose among {known}", "faults")
        if not 0 <= rate <= 1:
            raise OrderError(f"rate of fault '{kind}' is {rate}: give 0 to 1", "faults")
    if sum(rates.values()) > 1:
        total = sum(rates.values())
        raise OrderError(f"the rates of faults sum to {total}: at most 1", "faults")


def _alter(result: str, rng: Random) -> str:
    """A result that could be true and is not: another number, or one line too few."""
    numbers = list(_NUMBER.finditer(result))
    if numbers:
        match = rng.choice(numbers)
        return f"{result[: match.start()]}{_other_number(match[0], rng)}{result[match.end() :]}"
    lines = result.split("\n")
    if len(lines) > 1:
        lines.pop(rng.randrange(len(lines)))
    return "\n".join(lines)


def _other_number(digits: str, rng: Random) -> str:
    """Digits of the same length with one changed; the first never becomes 0."""
    place = rng.randrange(len(digits))
    choices = [digit for digit in "123456789" if digit != digits[place]]
    return f"{digits[:place]}{rng.choice(choices)}{digits[place + 1 :]}"
