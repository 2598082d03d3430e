from collections.abc import Iterator
from contextlib import suppress
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generation.environments.base import Environment, Tool, ToolError
from generation.environments.choose import ENVIRONMENTS, make_environment
from generation.environments.schema import (
    MAX_CHARACTERS,
    check_arguments,
    find_tool,
    object_schema,
    text_field,
    whole_field,
)

TOOL = Tool(
    "buy",
    "Buy.",
    object_schema(name=text_field("What"), count=whole_field("How many", minimum=1, maximum=9)),
)
ODD_TEXTS = ["", "/", "..", "../../etc/passwd", "\ud800", "\x00", "'", "((((", "//x/", "a" * 5_000]
TEXTS = st.sampled_from(ODD_TEXTS) | st.text(st.characters(exclude_categories=()), max_size=40)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=4
)
QUICK = settings(
    max_examples=30,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(params=ENVIRONMENTS)
def environment(request: pytest.FixtureRequest) -> Iterator[Environment]:
    made = make_environment(request.param, Random(5))
    yield made
    made.close()


@QUICK
@given(data=st.data())
def test_fitting_keys_with_any_values_raise_nothing_but_tool_errors(
    environment: Environment, data: st.DataObject
) -> None:
    tool = data.draw(st.sampled_from(environment.tools))
    arguments: dict[str, object] = {
        name: data.draw(VALUES | TEXTS) for name in tool.parameters["properties"]
    }
    with suppress(ToolError):
        assert environment.call(tool.name, arguments) != ""
    assert not environment.succeeded(str(arguments))


@QUICK
@given(name=TEXTS, arguments=VALUES)
def test_any_name_and_any_value_raise_nothing_but_tool_errors(
    environment: Environment, name: str, arguments: dict[str, object]
) -> None:
    for tool in (name, environment.tools[0].name):
        with suppress(ToolError):
            environment.call(tool, arguments)


@QUICK
@given(final=st.text(st.characters(exclude_categories=()), max_size=300))
def test_any_reply_can_be_checked(environment: Environment, final: str) -> None:
    assert not environment.succeeded(final)


def test_arguments_that_fit_come_back() -> None:
    assert check_arguments(TOOL, {"name": "pen\n", "count": 9}) == {"name": "pen\n", "count": 9}
    assert check_arguments(TOOL, {"name": "", "count": 1.0}) == {"name": "", "count": 1}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "takes a JSON object, not a value of type list"),
        ({"name": "pen"}, "needs the argument 'count': it takes name, count"),
        ({"name": "pen", "count": 1, "colour": "red"}, "has no argument 'colour'"),
        ({"name": 3, "count": 1}, "'name' must be a string, not 3"),
        ({"name": "a" * (MAX_CHARACTERS + 1), "count": 1}, "at most 2000"),
        ({"name": "\ud800", "count": 1}, "cannot be printed"),
        ({"name": "\x00", "count": 1}, "cannot be printed"),
        ({"name": "pen", "count": "1"}, "'count' must be a whole number 1 to 9, not '1'"),
        ({"name": "pen", "count": True}, "not True"),
        ({"name": "pen", "count": 0}, "not 0"),
        ({"name": "pen", "count": 10}, "not 10"),
        ({"name": "pen", "count": 10**5_000}, "not a number of that size"),
        ({"name": "pen", "count": float("nan")}, "not nan"),
        ({"name": "pen", "count": 1.5}, "must be a whole number, not 1.5"),
    ],
)
def test_what_breaks_the_schema_is_named(arguments: object, message: str) -> None:
    with pytest.raises(ToolError, match=message):
        check_arguments(TOOL, arguments)


def test_the_longest_text_is_taken() -> None:
    longest = "a" * MAX_CHARACTERS
    assert check_arguments(TOOL, {"name": longest, "count": 1})["name"] == longest


def test_an_unknown_tool_is_refused_with_what_there_is() -> None:
    assert find_tool((TOOL,), "buy") is TOOL
    for name in ("steal", None, ["buy"]):
        with pytest.raises(ToolError, match=r"there is no tool .*: use one of buy"):
            find_tool((TOOL,), name)
