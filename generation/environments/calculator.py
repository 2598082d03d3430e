"""A calculator with memory: some registers are set, others are to be worked out."""

import re
from fractions import Fraction
from random import Random

from generation.environments.arithmetic import evaluate, show_number
from generation.environments.base import Tool, ToolError
from generation.environments.scenario import ScenarioEnvironment, canonical
from generation.environments.schema import object_schema, text_field
from generation.environments.tasks.calculator import Registers, draw_calculator

MAX_REGISTERS = 20
_NAME = re.compile(r"[a-z][a-z0-9_]{0,19}")
_REGISTER = text_field("Name of a register, lower-case letters, digits and _")
_EXPRESSION = text_field("Arithmetic with + - * / ( ), numbers and names of registers")


class Calculator(ScenarioEnvironment[Registers]):
    """Exact arithmetic; other registers than the asked ones may be used as scratch."""

    name = "calculator"
    tools = (
        Tool("list_registers", "Names of the registers that are set.", object_schema(), True),
        Tool("recall", "The value of a register.", object_schema(register=_REGISTER), True),
        Tool(
            "calculate",
            "The value of an expression.",
            object_schema(expression=_EXPRESSION),
            True,
        ),
        Tool(
            "store",
            "Set a register to the value of an expression.",
            object_schema(register=_REGISTER, expression=_EXPRESSION),
        ),
        Tool("clear", "Empty a register.", object_schema(register=_REGISTER)),
    )

    def __init__(self, rng: Random) -> None:
        super().__init__(draw_calculator(rng))
        self._registers = {name: Fraction(v) for name, v in self._scenario.start.items()}

    def state(self) -> str:
        """The registers as exact fractions."""
        return canonical({name: str(value) for name, value in self._registers.items()})

    def _is_reached(self) -> bool:
        wanted = self._scenario.goal
        return isinstance(wanted, dict) and all(
            self._registers.get(name) == value for name, value in wanted.items()
        )

    def _list_registers(self) -> str:
        return ", ".join(sorted(self._registers))

    def _recall(self, register: str) -> str:
        return show_number(self._registers[self._known(register)])

    def _calculate(self, expression: str) -> str:
        return show_number(evaluate(expression, self._registers))

    def _store(self, register: str, expression: str) -> str:
        if not _NAME.fullmatch(register):
            raise ToolError("a register's name is lower-case letters, digits and _, at most 20")
        value = evaluate(expression, self._registers)
        if register not in self._registers and len(self._registers) >= MAX_REGISTERS:
            raise ToolError(f"all {MAX_REGISTERS} registers are in use: clear one")
        self._registers[register] = value
        return f"{register} = {show_number(value)}"

    def _clear(self, register: str) -> str:
        del self._registers[self._known(register)]
        return f"{register} is empty"

    def _known(self, register: str) -> str:
        if register not in self._registers:
            raise ToolError(f"register {register[:30]!a} is empty")
        return register
