from fractions import Fraction
from random import Random

import pytest

from generation.environments.arithmetic import MAX_DEPTH, MAX_PART, evaluate, show_number
from generation.environments.base import ToolError
from generation.environments.calculator import MAX_REGISTERS, Calculator


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("2 + 3 * 4", "14"),
        ("(2 + 3) * 4", "20"),
        ("7 - 2 - 1", "4"),
        ("8 / 4 / 2", "1"),
        ("1 / 8", "0.125"),
        ("0.1 + 0.2", "0.3"),
        ("--2 * -3", "-6"),
        ("X_1 * 2", "5"),
        ("1 / 3", "0.333333"),
    ],
)
def test_expressions_are_worked_out_exactly(expression: str, value: str) -> None:
    assert show_number(evaluate(expression, {"x_1": Fraction(5, 2)})) == value


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "'the end' where a number should be"),
        ("1 +", "'the end' where a number should be"),
        ("(1", r"'the end' where \) should be"),
        ("1 2", "'2' where the end should be"),
        ("2 ** 3", r"'\*' where a number should be"),
        ("1 / (2 - 2)", "division by zero"),
        ("__import__('os')", "cannot read '_'"),
        ("y + 1", "register 'y' is empty"),
        ("1 $", r"cannot read '\$'"),
        ("1" * 201, "too long"),
    ],
)
def test_what_is_no_arithmetic_is_refused(expression: str, message: str) -> None:
    with pytest.raises(ToolError, match=message):
        evaluate(expression, {})


def test_brackets_have_a_depth() -> None:
    assert evaluate("(" * MAX_DEPTH + "1" + ")" * MAX_DEPTH, {}) == 1
    with pytest.raises(ToolError, match="nested too deep"):
        evaluate("(" * (MAX_DEPTH + 1) + "1" + ")" * (MAX_DEPTH + 1), {})


def test_numbers_have_a_size() -> None:
    largest = {"x": Fraction(MAX_PART)}
    assert evaluate("x * 1", largest) == MAX_PART
    for expression in ("x + 1", "1 / (x * 3)", f"{MAX_PART}0"):
        with pytest.raises(ToolError, match="too large or too fine"):
            evaluate(expression, largest)


def test_registers_come_and_go() -> None:
    calculator = Calculator(Random(0))
    calculator.call("store", {"register": "r", "expression": "1 + 1"})
    assert calculator.call("recall", {"register": "r"}) == "2"
    assert calculator.call("calculate", {"expression": "r * r"}) == "4"
    calculator.call("clear", {"register": "r"})
    for tool in ("recall", "clear"):
        with pytest.raises(ToolError, match="'r' is empty"):
            calculator.call(tool, {"register": "r"})


def test_registers_run_out() -> None:
    calculator = Calculator(Random(0))
    held = len(calculator.call("list_registers", {}).split(", "))
    for number in range(MAX_REGISTERS - held):
        calculator.call("store", {"register": f"r{number}", "expression": "1"})
    calculator.call("store", {"register": "r0", "expression": "2"})
    with pytest.raises(ToolError, match="all 20 registers are in use"):
        calculator.call("store", {"register": "one_more", "expression": "1"})


def test_a_register_has_a_plain_name() -> None:
    with pytest.raises(ToolError, match="lower-case"):
        Calculator(Random(0)).call("store", {"register": "R 1", "expression": "1"})


def test_scratch_registers_do_no_harm() -> None:
    calculator = Calculator(Random(3))
    calculator.call("store", {"register": "scratch", "expression": "1"})
    for call in calculator.oracle().calls:
        calculator.call(*call)
    assert calculator.succeeded(calculator.oracle().final)
